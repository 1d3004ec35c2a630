// Builds the page into ../service/static/page, the same bytes from the same sources on every machine.
// The manifest names the hash of all sources, so that a forgotten build is found where there is no node.
import { build } from "esbuild";
import { crc32 } from "node:zlib";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const REPOSITORY = resolve(HERE, "..");
const INTO = resolve(process.argv[2] ?? join(REPOSITORY, "service", "static", "page"));
const EXAMPLES = ["penguins.csv", "houses.csv", "concrete.csv", "spiral.csv", "book_ratings.csv", "plays.txt"];
/** Folders of pictures, each of which is sent as an archive. */
const FOLDERS = ["drawings"];
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
for (const name of FOLDERS) writeFileSync(join(INTO, `${name}.zip`), packFolder(join(REPOSITORY, "examples", name)));
writeFileSync(join(INTO, "licences.txt"), LIBRARIES.map(licence).join("\n\n"));

const sources = [
  ...files(join(HERE, "src")),
  ...["build.mjs", "package.json", "package-lock.json", "tsconfig.json"].map((name) => join(HERE, name)),
  ...EXAMPLES.map((name) => join(REPOSITORY, "examples", name)),
  ...FOLDERS.flatMap((name) => files(join(REPOSITORY, "examples", name))),
];
const manifest = {
  sources: hashes(sources, REPOSITORY),
  built: hashes(files(INTO), INTO),
};
writeFileSync(join(INTO, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);

/** A ZIP archive of a folder, not compressed: the same bytes from the same files, as all are of 1980-01-01. */
function packFolder(folder) {
  const locals = [];
  const directory = [];
  let offset = 0;
  for (const path of files(folder)) {
    const data = readFileSync(path);
    const name = Buffer.from(relative(dirname(folder), path));
    const common = Buffer.alloc(26); // version, flags, method, time, date, checksum, two sizes, two lengths
    [20, 0x0800, 0, 0, 0x0021].forEach((value, place) => common.writeUInt16LE(value, 2 * place));
    [crc32(data), data.length, data.length].forEach((value, place) => common.writeUInt32LE(value, 10 + 4 * place));
    common.writeUInt16LE(name.length, 22);
    const rest = Buffer.alloc(14); // comment, disk, attributes, and the place of the file
    rest.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, name, data]);
    locals.push(local);
    directory.push(Buffer.from("PK\x01\x02\x14\x00"), common, rest, name);
    offset += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  [locals.length, locals.length].forEach((value, place) => end.writeUInt16LE(value, 8 + 2 * place));
  [entries.length, offset].forEach((value, place) => end.writeUInt32LE(value, 12 + 4 * place));
  return Buffer.concat([...locals, entries, end]);
}

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
