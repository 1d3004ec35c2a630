// Hook for what is drawn after the rest of the page: of parts that change together a few in each frame.
import { useEffect, useState } from "preact/hooks";

const PER_FRAME = 4;
const waiting = new Set<() => void>();
let frame = 0;

function drawSome(): void {
  for (const draw of [...waiting].slice(0, PER_FRAME)) {
    waiting.delete(draw);
    draw();
  }
  frame = waiting.size > 0 ? requestAnimationFrame(drawSome) : 0;
}

/**
 * A value when its turn has come; the one before until then, and at first `initial`.
 *
 * @param value the same object until it changes
 */
export function useDeferredValue<T extends object>(value: T, initial?: T): T | undefined {
  const [drawn, setDrawn] = useState(initial);
  useEffect(() => {
    if (drawn === value) return;
    const draw = (): void => setDrawn(value);
    waiting.add(draw);
    frame ||= requestAnimationFrame(drawSome);
    return () => void waiting.delete(draw);
  }, [value]);
  return drawn;
}
