// Hook for a value that follows another one once that has rested.
import { useEffect, useState } from "preact/hooks";

const DEBOUNCE_MS = 150;

export function useDebouncedValue<T>(value: T): T {
  const [debounced, setDebounced] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setDebounced(() => value), DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return debounced;
}
