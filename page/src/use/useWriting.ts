// Hook for a text that a model writes: it comes token by token, until it ends or is stopped.
import { useEffect, useRef, useState } from "preact/hooks";
import { noResponse, Problem } from "../api/client";
import { postForEvents } from "../api/eventStream";
import type { GenerateRequest, Generation, TextEvent, Token } from "../api/shapes";

export interface Writing {
  /** The prompt that it goes on from. */
  prompt: string;
  tokens: Token[];
  isWriting: boolean;
  /** Why it ended; undefined while it has not, or where it was stopped. */
  end?: Generation;
  problem?: Problem;
}

interface Writer {
  writing: Writing | undefined;
  start: (path: string, body: Pick<GenerateRequest, "prompt"> & Partial<GenerateRequest>) => void;
  stop: () => void;
}

export function useWriting(): Writer {
  const [writing, setWriting] = useState<Writing>();
  const controller = useRef<AbortController | undefined>(undefined);
  const stop = (): void => controller.current?.abort();
  useEffect(() => stop, []);

  const start: Writer["start"] = (path, body) => {
    stop();
    const own = (controller.current = new AbortController());
    const current: Writing = { prompt: body.prompt, tokens: [], isWriting: true };
    let frame = 0;
    const show = (): void => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => controller.current === own && setWriting({ ...current }));
    };
    const read = async (): Promise<void> => {
      for await (const events of postForEvents(path, body, own.signal)) {
        for (const { type, data } of events) {
          if (type === "text") current.tokens = [...current.tokens, ...((JSON.parse(data) as TextEvent).tokens ?? [])];
          else if (type === "end") current.end = JSON.parse(data) as Generation;
        }
        show();
      }
    };
    show();
    read()
      .catch((error: unknown) => {
        if (own.signal.aborted) return;
        current.problem = error instanceof Problem ? error : noResponse();
      })
      .finally(() => {
        current.isWriting = false;
        show();
      });
  };
  return { writing, start, stop };
}
