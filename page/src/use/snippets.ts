// The lines with which another program asks this model for this very row.
import type { Row } from "../api/shapes";

export interface Asked {
  server: string;
  model: string;
  row: Row;
  /** Whether this Gradus wants a key; it is then taken from GRADUS_API_KEY. */
  withKey: boolean;
}

export const LANGUAGES = ["curl", "Python", "JavaScript"] as const;
export type Language = (typeof LANGUAGES)[number];

export function snippet(language: Language, asked: Asked): string {
  return { curl, Python: python, JavaScript: javascript }[language](asked);
}

const address = ({ server, model }: Asked): string => `${server}/v1/models/${encodeURIComponent(model).replace("%3A", ":")}/predict`;

function curl(asked: Asked): string {
  const key = asked.withKey ? ` \\\n     -H "Authorization: Bearer $GRADUS_API_KEY"` : "";
  const row = JSON.stringify(asked.row).replaceAll("'", "'\\''");
  return `curl -s -X POST '${address(asked)}' \\\n     -H 'Content-Type: application/json'${key} \\\n     -d '${row}'`;
}

function python(asked: Asked): string {
  const key = asked.withKey ? `, "Authorization": "Bearer " + os.environ["GRADUS_API_KEY"]` : "";
  const pairs = Object.entries(asked.row).map(([name, value]) => `    ${JSON.stringify(name)}: ${literal(value)},\n`);
  return `import json${asked.withKey ? ", os" : ""}, urllib.request

row = {
${pairs.join("")}}
request = urllib.request.Request(
    "${address(asked)}",
    data=json.dumps(row).encode(),
    headers={"Content-Type": "application/json"${key}},
)
with urllib.request.urlopen(request) as answer:
    print(json.load(answer)["predictions"][0])`;
}

function javascript(asked: Asked): string {
  const key = asked.withKey ? ", Authorization: `Bearer ${process.env.GRADUS_API_KEY}`" : "";
  return `const answer = await fetch("${address(asked)}", {
  method: "POST",
  headers: { "Content-Type": "application/json"${key} },
  body: JSON.stringify(${JSON.stringify(asked.row, null, 2).replaceAll("\n", "\n  ")}),
});
const result = await answer.json();
if (!answer.ok) throw new Error(result.detail);
console.log(result.predictions[0]);`;
}

function literal(value: unknown): string {
  return value === null ? "None" : value === true ? "True" : value === false ? "False" : JSON.stringify(value);
}
