// Number field: takes effect as soon as its text is a number, and leaves half-typed text alone.
import { useEffect, useState } from "preact/hooks";

interface Props {
  id: string;
  value: number;
  integer?: boolean;
  label?: string;
  onChange: (value: number) => void;
}

export function NumberField({ id, value, integer: integer = false, label, onChange }: Props) {
  const [text, setText] = useState(String(value));
  useEffect(() => {
    if (Number(text) !== value) setText(String(value));
  }, [value]);
  return (
    <input
      id={id}
      class="number"
      inputMode={integer ? "numeric" : "decimal"}
      aria-label={label}
      value={text}
      onInput={(event) => {
        const text = event.currentTarget.value;
        setText(text);
        const parsed = Number(text);
        if (text.trim() !== "" && Number.isFinite(parsed) && (!integer || Number.isInteger(parsed))) onChange(parsed);
      }}
      onBlur={() => setText(String(value))}
    />
  );
}
