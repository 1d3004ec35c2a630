// Saves what an address answers as a file.
import { Problem, request } from "./client";

/** Save the answer under the name that it brings, or else this one; return the problem if there is one. */
export async function saveFile(path: string, name: string, headers: Record<string, string> = {}): Promise<Problem | undefined> {
  try {
    const answer = await request(path, { headers });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? name;
    link.click();
    URL.revokeObjectURL(link.href);
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
}
