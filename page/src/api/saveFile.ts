// Saves what an address answers, or what the page has made, as a file.
import { request } from "./client";

/** Save the answer under the name that it brings, or else this one. */
export async function saveFile(path: string, name: string, headers: Record<string, string> = {}): Promise<void> {
  const answer = await request(path, { headers });
  saveBlob(await answer.blob(), /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? name);
}

/** Save a file under a name. */
export function saveBlob(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
