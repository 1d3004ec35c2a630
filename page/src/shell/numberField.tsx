// Number field: takes effect as soon as its text is a number, leaves half-typed text alone, and marks what is no number.
import { useEffect, useState } from "preact/hooks";

interface Props {
  id: string;
  value: number | string;
  integer?: boolean;
  label?: string;
  /** Whether the API refuses the value. */
  isInvalid?: boolean;
  placeholder?: string;
  onChange: (value: number) => void;
  /** Called with a text that is no number; without it such a text is put back when the field is left. */
  onInvalid?: (text: string) => void;
}

const HALF_TYPED = /^-?\d*\.?\d*(e[+-]?)?$/i;

export function NumberField({ id, value, integer: integer = false, label, isInvalid = false, placeholder, onChange, onInvalid }: Props) {
  const [text, setText] = useState(String(value));
  useEffect(() => {
    if (Number(text) !== value) setText(String(value));
  }, [value]);
  const isNumber = parseNumber(text, integer) !== undefined;
  return (
    <input
      id={id}
      class="number"
      inputMode={integer ? "numeric" : "decimal"}
      aria-label={label}
      aria-invalid={isInvalid || !(isNumber || HALF_TYPED.test(text))}
      placeholder={placeholder}
      value={text}
      onInput={(event) => {
        const text = event.currentTarget.value;
        setText(text);
        const parsed = parseNumber(text, integer);
        if (parsed !== undefined) onChange(parsed);
        else if (!HALF_TYPED.test(text)) onInvalid?.(text);
      }}
      onBlur={() => setText(String(value))}
    />
  );
}

function parseNumber(text: string, integer: boolean): number | undefined {
  const parsed = Number(text);
  return text.trim() !== "" && Number.isFinite(parsed) && (!integer || Number.isInteger(parsed)) ? parsed : undefined;
}
