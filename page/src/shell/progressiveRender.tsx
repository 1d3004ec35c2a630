// Parts of a page that are drawn one after the other, one in each frame, so that none keeps the browser busy for long.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

const FIRST = 2;

/** Its children, of which the first are drawn at once. */
export function ProgressiveRender({ children }: { children: ComponentChildren[] }) {
  const [count, setCount] = useState(FIRST);
  useEffect(() => {
    if (count < children.length) setCount(count + 1); // effects come after a frame was painted
  }, [count, children.length]);
  return <>{children.slice(0, count)}</>;
}
