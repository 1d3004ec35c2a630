// Beginning of the output of a batch read without the rest of the file.
import { request } from "../api/client";

export const HEAD_BYTES = 65_536;
/** The most rows that are shown. */
export const MAX_ROWS = 20;

/** The text that a file begins with, and whether that is all of it. */
export async function readHead(path: string): Promise<{ text: string; isWhole: boolean }> {
  const controller = new AbortController();
  const response = await request(path, { signal: controller.signal });
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (let bytes = 0; reader && bytes < HEAD_BYTES; ) {
    const { done, value } = await reader.read();
    if (done) return { text: text + decoder.decode(), isWhole: true };
    bytes += value.length;
    text += decoder.decode(value, { stream: true });
  }
  controller.abort();
  return { text, isWhole: false };
}
