// Server-sent events over fetch, because EventSource cannot send a key.
// A broken stream is resumed with Last-Event-ID until it ends; a refused one after the seconds that the server names.
import { mayPass, request, Problem } from "./client";

const RECONNECT_MS = 1_000;
const MAX_RETRY_AFTER_SECONDS = 60;

export interface StreamEvent {
  type: string;
  data: string;
}

export interface StreamListener {
  onEvents: (events: StreamEvent[]) => void;
  /** Called with why no events come, and with nothing when they do. */
  onInterruption: (reason: string) => void;
  onProblem: (problem: Problem) => void;
}

/** Follow an event stream to its end; the returned function stops it. */
export function followEvents(path: string, listener: StreamListener): () => void {
  const controller = new AbortController();
  void readToEnd(path, listener, controller.signal);
  return () => controller.abort();
}

async function readToEnd(path: string, listener: StreamListener, signal: AbortSignal): Promise<void> {
  let lastId = "";
  while (!signal.aborted) {
    let reason = "Connection lost. Reconnecting …";
    let pause = RECONNECT_MS;
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      if (lastId) headers["Last-Event-ID"] = lastId;
      const response = await request(path, { headers, signal });
      listener.onInterruption("");
      if (response.status === 204 || !response.body) return;
      for await (const { id, events } of parseEvents(response.body)) {
        if (signal.aborted) return;
        if (id) lastId = id;
        listener.onEvents(events);
        if (events.at(-1)?.type === "end") return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && !mayPass(error)) {
        listener.onProblem(error);
        return;
      }
      if (error instanceof Problem && error.retryAfter) {
        reason = `No live updates: ${error.message}`;
        pause = Math.min(error.retryAfter, MAX_RETRY_AFTER_SECONDS) * 1_000;
      }
    }
    listener.onInterruption(reason);
    await new Promise((done) => setTimeout(done, pause));
  }
}

/** The events in which a POST is answered, as they come. */
export async function* postForEvents(path: string, body: object, signal: AbortSignal): AsyncGenerator<StreamEvent[]> {
  const headers = { Accept: "text/event-stream", "Content-Type": "application/json" };
  const response = await request(path, { method: "POST", headers, body: JSON.stringify(body), signal });
  if (!response.body) return;
  for await (const { events } of parseEvents(response.body)) yield events;
}

/** The events of each chunk of the stream, with the id of the last. */
async function* parseEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<{ id: string; events: StreamEvent[] }> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = blocks.pop() ?? "";
    let id = "";
    const events: StreamEvent[] = [];
    for (const block of blocks) {
      let type = "";
      let data = "";
      for (const line of block.split("\n")) {
        if (line.startsWith("id: ")) id = line.slice(4);
        else if (line.startsWith("event: ")) type = line.slice(7);
        else if (line.startsWith("data: ")) data += line.slice(6);
      }
      if (type) events.push({ type, data });
    }
    if (events.length) yield { id, events };
  }
}
