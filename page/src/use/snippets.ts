// Code with which another program asks a model: for the prediction for a row, for recommendations, or for a text.
export type Action = "predict" | "recommend" | "generate";

export interface ModelCall {
  server: string;
  model: string;
  action: Action;
  body: object;
  /** Whether a picture is all that the model reads: the code then sends a file of it, and no JSON. */
  sendsPicture?: boolean;
  /** Whether the API needs a key; the code reads it from GRADUS_API_KEY. */
  needsKey: boolean;
}

const LANGUAGES = ["curl", "Python", "JavaScript", "Terminal", "OpenAI"] as const;
export type Language = (typeof LANGUAGES)[number];

/** The languages in which an action can be shown; a text can also be asked for by a command, and by OpenAI's client. */
export const listLanguages = (action: Action): Language[] =>
  LANGUAGES.filter((name) => action === "generate" || (name !== "Terminal" && name !== "OpenAI"));

/** What of the answer is shown. */
const RESULTS: Record<Action, { python: string; javascript: string }> = {
  predict: { python: '["predictions"][0]', javascript: ".predictions[0]" },
  recommend: { python: '["items"]', javascript: ".items" },
  generate: { python: '["text"]', javascript: ".text" },
};

export function renderSnippet(language: Language, call: ModelCall): string {
  return { curl, Python: python, JavaScript: javascript, Terminal: terminal, OpenAI: openai }[language](call);
}

const urlOf = ({ server, model, action }: ModelCall): string =>
  `${server}/v1/models/${encodeURIComponent(model).replace("%3A", ":")}/${action}`;

const PICTURE_FILE = "picture.jpg";
const PICTURE_TYPE = "image/jpeg";

function curl(call: ModelCall): string {
  const key = call.needsKey ? ` \\\n     -H "Authorization: Bearer $GRADUS_API_KEY"` : "";
  const body = quote(JSON.stringify(call.body));
  // what is written comes as it is written
  const stream = call.action === "generate" ? ` \\\n     -H 'Accept: text/event-stream'` : "";
  if (call.sendsPicture) return `curl -s '${urlOf(call)}' \\\n     -H 'Content-Type: ${PICTURE_TYPE}'${key} \\\n     --data-binary @${PICTURE_FILE}`;
  return `curl -s${stream && " -N"} -X POST '${urlOf(call)}' \\\n     -H 'Content-Type: application/json'${stream}${key} \\\n     -d ${body}`;
}

/** The command that writes; a NUL cannot be in an argument. */
function terminal({ server, model, body }: ModelCall): string {
  const { prompt = "", ...options } = body as { prompt?: string };
  const flags = Object.entries(options).flatMap(([name, value]: [string, unknown]) =>
    (Array.isArray(value) ? value : [value]).map((one) => ` --${name.replaceAll("_", "-")} ${quote(String(one))}`),
  );
  return `gradus --url ${quote(server)} generate ${quote(model)} ${quote(prompt.replaceAll("\0", ""))}${flags.join("")}`;
}

/** The same by OpenAI's own client for Python. */
function openai({ server, model, body, needsKey }: ModelCall): string {
  const pairs = Object.entries({ model, ...body, stream: true }).map(([name, value]: [string, unknown]) => `    ${name}=${pythonLiteral(value)},\n`);
  const key = needsKey ? 'os.environ["GRADUS_API_KEY"]' : '"none"';
  return `${needsKey ? "import os\n\n" : ""}from openai import OpenAI

client = OpenAI(base_url="${server}/v1", api_key=${key})
chunks = client.completions.create(
${pairs.join("")})
for chunk in chunks:
    print(chunk.choices[0].text, end="", flush=True)`;
}

const quote = (text: string): string => (/^[\w.:@%+,/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

function python(call: ModelCall): string {
  const key = call.needsKey ? `, "Authorization": "Bearer " + os.environ["GRADUS_API_KEY"]` : "";
  const pairs = Object.entries(call.body).map(([name, value]: [string, unknown]) => `    ${JSON.stringify(name)}: ${pythonLiteral(value)},\n`);
  const name = call.action === "predict" ? "row" : call.action === "recommend" ? "asked" : "wanted";
  const [made, data, type] = call.sendsPicture
    ? [`with open("${PICTURE_FILE}", "rb") as file:\n    picture = file.read()`, "picture", PICTURE_TYPE]
    : [`${name} = {\n${pairs.join("")}}`, `json.dumps(${name}).encode()`, "application/json"];
  return `import json${call.needsKey ? ", os" : ""}, urllib.request

${made}
request = urllib.request.Request(
    "${urlOf(call)}",
    data=${data},
    headers={"Content-Type": "${type}"${key}},
)
with urllib.request.urlopen(request) as answer:
    print(json.load(answer)${RESULTS[call.action].python})`;
}

function javascript(call: ModelCall): string {
  const key = call.needsKey ? ", Authorization: `Bearer ${process.env.GRADUS_API_KEY}`" : "";
  const [made, body, type] = call.sendsPicture
    ? ['import { readFile } from "node:fs/promises";\n\n', `await readFile("${PICTURE_FILE}")`, PICTURE_TYPE]
    : ["", `JSON.stringify(${JSON.stringify(call.body, null, 2).replaceAll("\n", "\n  ")})`, "application/json"];
  return `${made}const answer = await fetch("${urlOf(call)}", {
  method: "POST",
  headers: { "Content-Type": "${type}"${key} },
  body: ${body},
});
const result = await answer.json();
if (!answer.ok) throw new Error(result.detail);
console.log(result${RESULTS[call.action].javascript});`;
}

function pythonLiteral(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${pythonLiteral(one)}`).join(", ")}}`;
  }
  return value == null ? "None" : value === true ? "True" : value === false ? "False" : JSON.stringify(value);
}
