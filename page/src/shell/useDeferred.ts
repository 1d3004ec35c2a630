// Hook for parts that are drawn after the rest of the page: of those that appear together a few in each frame.
import { useEffect, useState } from "preact/hooks";

const PER_FRAME = 6;
const waiting = new Set<() => void>();
let frame = 0;

function drawSome(): void {
  for (const draw of [...waiting].slice(0, PER_FRAME)) {
    waiting.delete(draw);
    draw();
  }
  frame = waiting.size > 0 ? requestAnimationFrame(drawSome) : 0;
}

/** Whether it is the turn of what asks; once it is, it stays so. */
export function useDeferred(): boolean {
  const [isDue, setIsDue] = useState(false);
  useEffect(() => {
    const draw = (): void => setIsDue(true);
    waiting.add(draw);
    frame ||= requestAnimationFrame(drawSome);
    return () => void waiting.delete(draw);
  }, []);
  return isDue;
}
