// Builds the page into ../service/static/page, the same bytes from the same sources on every machine.
// The manifest names the hash of all sources, so that a forgotten build is found where there is no node.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const REPOSITORY = resolve(HERE, "..");
const INTO = resolve(process.argv[2] ?? join(REPOSITORY, "service", "static", "page"));
const EXAMPLES = ["penguins.csv", "houses.csv", "concrete.csv", "spiral.csv", "book_ratings.csv"];
const LIBRARIES = ["preact", "@preact/signals", "@preact/signals-core", "uplot", "@fontsource-variable/inter"];

const files = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

rmSync(INTO, { recursive: true, force: true });
mkdirSync(INTO, { recursive: true });

const { metafile } = await build({
  absWorkingDir: HERE,
  entryPoints: { page: "src/main.tsx" },
  outdir: INTO,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  publicPath: "/page",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  loader: { ".woff2": "file" },
  minify: true,
  charset: "utf8",
  legalComments: "none",
  metafile: true,
});

const outputs = Object.keys(metafile.outputs).map((path) => relative(INTO, resolve(HERE, path)));
const built = (ending) => outputs.find((name) => name.startsWith("page-") && name.endsWith(ending));
const html = readFileSync(join(HERE, "src", "index.html"), "utf8");
writeFileSync(join(INTO, "index.html"), html.replace("page.css", built(".css")).replace("page.js", built(".js")));
for (const name of EXAMPLES) cpSync(join(REPOSITORY, "examples", name), join(INTO, name));
writeFileSync(join(INTO, "licences.txt"), LIBRARIES.map(licence).join("\n\n"));

const sources = [
  ...files(join(HERE, "src")),
  ...["build.mjs", "package.json", "package-lock.json", "tsconfig.json"].map((name) => join(HERE, name)),
  ...EXAMPLES.map((name) => join(REPOSITORY, "examples", name)),
];
const manifest = {
  sources: hashes(sources, REPOSITORY),
  built: hashes(files(INTO), INTO),
};
writeFileSync(join(INTO, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);

function hashes(paths, root) {
  return Object.fromEntries(
    paths.map((path) => [relative(root, path), sha256(readFileSync(path))]).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function licence(library) {
  const folder = join(HERE, "node_modules", library);
  const name = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return `${library} ${version}\n\n${readFileSync(join(folder, name), "utf8").trim()}\n`;
}
