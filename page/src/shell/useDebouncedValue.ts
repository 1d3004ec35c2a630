// Hook for a value that follows another one after a short rest.
import { useEffect, useState } from "preact/hooks";

const REST_MS = 150;

export function useDebounced<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(() => value), REST_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
