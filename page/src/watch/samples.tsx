// What the net wrote after each epoch: one scrolls from noise to words and sentences.
import { useEffect, useRef } from "preact/hooks";
import type { Job } from "../api/shapes";
import { formatNumber } from "../shell/format";
import { showText } from "../shell/plainText";
import type { JobStore } from "./jobStore";

/** How near to its end a list counts as scrolled to the end, in pixels. */
const END_PX = 40;

export function Samples({ job, store }: { job: Job; store: JobStore }) {
  void store.version.value;
  const list = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  const { samples } = store.shown;
  useEffect(() => {
    if (list.current && isAtEnd.current) list.current.scrollTop = list.current.scrollHeight;
  }, [samples.at(-1)?.epoch]);
  if (!samples.length) return null;
  return (
    <section class="card samples" aria-labelledby="samples">
      <header>
        <h2 id="samples">What it writes</h2>
        <span class="muted">a sample after {samples.length < store.shown.epochs.length ? "some epochs" : "every epoch"}</span>
      </header>
      <ol
        class="scroll high"
        ref={list}
        tabIndex={0}
        aria-label="Samples by epoch"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) =>
          void (isAtEnd.current = scrollHeight - scrollTop - clientHeight < END_PX)
        }
      >
        {samples.map(({ epoch, text }) => (
          <li key={epoch}>
            <h3>
              Epoch {epoch}{" "}
              <span class="muted">
                {describeLoss(store.shown.validation[store.shown.epochs.indexOf(epoch)])}
                {job.best?.epoch === epoch && " · best epoch"}
              </span>
            </h3>
            <p class="prose" dir="auto">
              {showText(text)}
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}

const describeLoss = (loss: number | null | undefined): string => (loss == null ? "" : `validation loss ${formatNumber(loss, 3)}`);
