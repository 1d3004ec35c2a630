// Code with which another program requests the prediction for a row.
import type { Row } from "../api/shapes";

export interface PredictCall {
  server: string;
  model: string;
  row: Row;
  /** Whether the API needs a key; the code reads it from GRADUS_API_KEY. */
  needsKey: boolean;
}

export const LANGUAGES = ["curl", "Python", "JavaScript"] as const;
export type Language = (typeof LANGUAGES)[number];

export function renderSnippet(language: Language, call: PredictCall): string {
  return { curl, Python: python, JavaScript: javascript }[language](call);
}

const predictUrl = ({ server, model }: PredictCall): string => `${server}/v1/models/${encodeURIComponent(model).replace("%3A", ":")}/predict`;

function curl(call: PredictCall): string {
  const key = call.needsKey ? ` \\\n     -H "Authorization: Bearer $GRADUS_API_KEY"` : "";
  const row = JSON.stringify(call.row).replaceAll("'", "'\\''");
  return `curl -s -X POST '${predictUrl(call)}' \\\n     -H 'Content-Type: application/json'${key} \\\n     -d '${row}'`;
}

function python(call: PredictCall): string {
  const key = call.needsKey ? `, "Authorization": "Bearer " + os.environ["GRADUS_API_KEY"]` : "";
  const pairs = Object.entries(call.row).map(([name, value]) => `    ${JSON.stringify(name)}: ${pythonLiteral(value)},\n`);
  return `import json${call.needsKey ? ", os" : ""}, urllib.request

row = {
${pairs.join("")}}
request = urllib.request.Request(
    "${predictUrl(call)}",
    data=json.dumps(row).encode(),
    headers={"Content-Type": "application/json"${key}},
)
with urllib.request.urlopen(request) as answer:
    print(json.load(answer)["predictions"][0])`;
}

function javascript(call: PredictCall): string {
  const key = call.needsKey ? ", Authorization: `Bearer ${process.env.GRADUS_API_KEY}`" : "";
  return `const answer = await fetch("${predictUrl(call)}", {
  method: "POST",
  headers: { "Content-Type": "application/json"${key} },
  body: JSON.stringify(${JSON.stringify(call.row, null, 2).replaceAll("\n", "\n  ")}),
});
const result = await answer.json();
if (!answer.ok) throw new Error(result.detail);
console.log(result.predictions[0]);`;
}

function pythonLiteral(value: unknown): string {
  return value === null ? "None" : value === true ? "True" : value === false ? "False" : JSON.stringify(value);
}
