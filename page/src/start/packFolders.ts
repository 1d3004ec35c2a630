// Folders that are dropped or chosen become a ZIP archive of their pictures and tables, not compressed, which is uploaded
// like a file. Its parts stay on the disk until they are sent; each file is read once before, for its checksum.

const ENDINGS = /\.(jpe?g|jpe|png|webp|gif|bmp|csv|tsv|jsonl|ndjson)$/i;
/** Pictures of kinds that are not read; of each its beginning is sent, by which the API says what it is. */
const UNREAD_ENDINGS = /\.(heic|heif|avif|tiff?|jxl|jp2|svg|psd|dng|cr2|cr3|nef|arw|raf|orf|rw2)$/i;
const UNREAD_BYTES = 4_096;
const MAX_FILES = 65_534;
const MAX_BYTES = 2 ** 32 - 2 ** 24;
/** The names are UTF-8. */
const UTF8_FLAG = 0x0800;
/** 1980-01-01, as archives of the same files are to have the same bytes. */
const DATE = 0x0021;
const VERSION = 20;

export interface FolderFile {
  path: string;
  file: Blob;
}

/** The folders among what was dropped; it has to be asked for while the event is handled. */
export const findFolders = (transfer: DataTransfer | null): FileSystemDirectoryEntry[] =>
  [...(transfer?.items ?? [])]
    .map((item) => item.webkitGetAsEntry())
    .filter((entry): entry is FileSystemDirectoryEntry => entry?.isDirectory === true);

/** The pictures and tables in folders. */
export const listDropped = async (folders: FileSystemDirectoryEntry[]): Promise<FolderFile[]> =>
  (await Promise.all(folders.map((folder) => listFiles(folder)))).flat();

/** The same of a folder that was chosen in a dialog. */
export const listChosen = (files: Iterable<File>): FolderFile[] =>
  [...files].filter(({ webkitRelativePath }) => !/(^|\/)\./.test(webkitRelativePath)).flatMap((file) => takeFile(file.webkitRelativePath, file));

/**
 * The archive, named as the folders; throws an error with the reason if there is nothing in it, or too much.
 *
 * @param onProgress told how many files are packed, and how many there are
 */
export async function packFiles(files: FolderFile[], onProgress: (packed: number, count: number) => void): Promise<File> {
  const found = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const bytes = found.reduce((sum, { file }) => sum + file.size, 0);
  if (found.length === 0) throw new Error("There are no pictures in it that can be read: JPEG, PNG, WebP, GIF or BMP.");
  if (found.length > MAX_FILES || bytes > MAX_BYTES) throw new Error("It is too large for the browser: use gradus train FOLDER.");
  const locals: BlobPart[] = [];
  const directory: BlobPart[] = [];
  let offset = 0;
  let directoryBytes = 0;
  for (const [place, { path, file }] of found.entries()) {
    onProgress(place, found.length);
    const name = new TextEncoder().encode(path);
    const sum = checksum(new Uint8Array(await file.arrayBuffer()));
    const common = [VERSION, UTF8_FLAG, 0, 0, DATE];
    const sizes = [sum, file.size, file.size];
    const local = write([0x04034b50], common, sizes, [name.length, 0]);
    const entry = write([0x02014b50], [VERSION, ...common], sizes, [name.length, 0, 0, 0, 0], [0, offset]);
    locals.push(local, name, file);
    directory.push(entry, name);
    offset += local.byteLength + name.length + file.size;
    directoryBytes += entry.byteLength + name.length;
  }
  const end = write([0x06054b50], [0, 0, found.length, found.length], [directoryBytes, offset], [0]);
  return new File([...locals, ...directory, end], `${[...new Set(found.map(({ path }) => path.split("/")[0]))].join(" ")}.zip`);
}

async function listFiles(folder: FileSystemDirectoryEntry): Promise<FolderFile[]> {
  const entries: FileSystemEntry[] = [];
  const reader = folder.createReader();
  for (;;) {
    // some at a time, until there are no more
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    entries.push(...some.filter(({ name }) => !name.startsWith(".")));
  }
  const found = entries.map(async (entry): Promise<FolderFile[]> => {
    if (entry.isDirectory) return listFiles(entry as FileSystemDirectoryEntry);
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return takeFile(entry.fullPath.replace(/^\//, ""), file);
  });
  return (await Promise.all(found)).flat();
}

/** What is packed of a file, if anything. */
function takeFile(path: string, file: File): FolderFile[] {
  if (ENDINGS.test(file.name)) return [{ path, file }];
  return UNREAD_ENDINGS.test(file.name) ? [{ path, file: file.slice(0, UNREAD_BYTES) }] : [];
}

/** Numbers as little-endian bytes, in groups of 4 and 2 bytes by turns. */
function write(...groups: number[][]): Uint8Array<ArrayBuffer> {
  const bytes = groups.reduce((sum, group, place) => sum + group.length * (place % 2 === 0 ? 4 : 2), 0);
  const view = new DataView(new ArrayBuffer(bytes));
  let at = 0;
  groups.forEach((group, place) => {
    for (const number of group) {
      if (place % 2 === 0) view.setUint32(at, number, true);
      else view.setUint16(at, number, true);
      at += place % 2 === 0 ? 4 : 2;
    }
  });
  return new Uint8Array(view.buffer);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 (IEEE 802.3), as archives have it of each file. */
function checksum(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ (TABLE[(value ^ byte) & 255] as number);
  return (value ^ 0xffffffff) >>> 0;
}
