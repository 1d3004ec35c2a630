// Parts of a page that are drawn one after the other, one in each frame, so that none keeps the browser busy for long.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

const FIRST = 2;

/** Its children, of which the first are drawn at once. */
export function Staged({ children }: { children: ComponentChildren[] }) {
  const [count, setCount] = useState(FIRST);
  useLayoutEffect(() => {
    if (count >= children.length) return;
    const frame = requestAnimationFrame(() => setCount(count + 1));
    return () => cancelAnimationFrame(frame);
  }, [count, children.length]);
  return <>{children.slice(0, count)}</>;
}
