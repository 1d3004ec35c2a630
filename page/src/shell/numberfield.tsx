// A field for a number that takes effect as soon as it is one, and leaves alone what is half typed.
import { useEffect, useState } from "preact/hooks";

interface Props {
  id: string;
  value: number;
  whole?: boolean;
  label?: string;
  set: (value: number) => void;
}

export function NumberField({ id, value, whole = false, label, set }: Props) {
  const [typed, type] = useState(String(value));
  useEffect(() => {
    if (Number(typed) !== value) type(String(value));
  }, [value]);
  return (
    <input
      id={id}
      class="number"
      inputMode={whole ? "numeric" : "decimal"}
      aria-label={label}
      value={typed}
      onInput={(event) => {
        const text = event.currentTarget.value;
        type(text);
        const parsed = Number(text);
        if (text.trim() !== "" && Number.isFinite(parsed) && (!whole || Number.isInteger(parsed))) set(parsed);
      }}
      onBlur={() => type(String(value))}
    />
  );
}
