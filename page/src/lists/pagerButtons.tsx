// Foot of a list: which page it is, and the ones before and after it.
import type { Pager } from "./usePager";

export function PagerButtons<T>({ pager }: { pager: Pager<T> }) {
  const { page, toNext, toPrevious } = pager;
  if (!toNext && !toPrevious) return null;
  return (
    <nav class="buttons pager" aria-label="Pages">
      <button disabled={!toPrevious} onClick={toPrevious}>
        Previous
      </button>
      <span class="muted number" role="status">
        page {page}
      </span>
      <button disabled={!toNext} onClick={toNext}>
        Next
      </button>
    </nav>
  );
}
