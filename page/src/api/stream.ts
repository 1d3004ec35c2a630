// Server-sent events read by hand: EventSource can show no key, and fetch can.
// A stream that breaks is taken up again where it stopped, by Last-Event-ID, as often as it takes.
import { call, Problem } from "./ask";

const AGAIN_MS = 1_000;

export interface Told {
  kind: string;
  data: string;
}

export interface Listener {
  hear: (told: Told[]) => void;
  /** Whether we are connected just now. */
  connected: (is: boolean) => void;
  refused: (problem: Problem) => void;
}

/** Follow the events of a path until they end; the function returned stops it. */
export function follow(path: string, listener: Listener): () => void {
  const aborting = new AbortController();
  void run(path, listener, aborting.signal);
  return () => aborting.abort();
}

async function run(path: string, listener: Listener, signal: AbortSignal): Promise<void> {
  let last = "";
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      if (last) headers["Last-Event-ID"] = last;
      const answer = await call(path, { headers, signal });
      listener.connected(true);
      if (answer.status === 204 || !answer.body) return;
      for await (const { id, told } of events(answer.body)) {
        if (signal.aborted) return;
        if (id) last = id;
        listener.hear(told);
        if (told.at(-1)?.kind === "end") return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && error.status !== 0 && error.status < 500 && error.status !== 429) {
        listener.refused(error);
        return;
      }
    }
    listener.connected(false);
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
}

/** The events of a stream, those of one piece of it together, with the newest id. */
async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<{ id: string; told: Told[] }> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = blocks.pop() ?? "";
    let id = "";
    const told: Told[] = [];
    for (const block of blocks) {
      let kind = "";
      let data = "";
      for (const line of block.split("\n")) {
        if (line.startsWith("id: ")) id = line.slice(4);
        else if (line.startsWith("event: ")) kind = line.slice(7);
        else if (line.startsWith("data: ")) data += line.slice(6);
      }
      if (kind) told.push({ kind, data });
    }
    if (told.length) yield { id, told };
  }
}
