// Hook that tells which rows of a long table are in view, so that only these are drawn.
import { useEffect, useRef, useState } from "preact/hooks";

/** Rows are drawn in blocks, so that not every step of a scroll draws anew. */
const BLOCK = 4;

export interface VirtualRows<T extends HTMLElement> {
  ref: { current: T | null };
  /** The first row that is drawn, and the one after the last. */
  first: number;
  end: number;
}

/**
 * The rows in view of an element that scrolls with the page.
 *
 * @param height of each row, in pixels
 */
export function useVirtualRows<T extends HTMLElement>(count: number, height: number): VirtualRows<T> {
  const ref = useRef<T>(null);
  const [first, setFirst] = useState(0);
  const shown = Math.ceil(innerHeight / height / BLOCK + 2) * BLOCK;
  useEffect(() => {
    let frame = 0;
    const look = (): void => {
      const top = ref.current?.getBoundingClientRect().top ?? 0;
      setFirst(Math.max(Math.floor(-top / height / BLOCK - 0.5) * BLOCK, 0));
    };
    const onScroll = (): void => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(look);
    };
    addEventListener("scroll", onScroll, { passive: true });
    addEventListener("resize", onScroll);
    look();
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener("scroll", onScroll);
      removeEventListener("resize", onScroll);
    };
  }, [height]);
  const start = Math.min(first, Math.max(Math.floor((count - 1) / BLOCK) * BLOCK, 0));
  return { ref, first: start, end: Math.min(start + shown, count) };
}
