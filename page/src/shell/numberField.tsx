// Number field: takes effect as soon as its text is a number, leaves half-typed text alone, and says what is no number.
import { useEffect, useState } from "preact/hooks";
import { parseTypedNumber } from "./typedNumber";

interface Props {
  id: string;
  /** null is shown as no text. */
  value: number | string | null;
  integer?: boolean;
  label?: string;
  /** Whether the API refuses the value. */
  isInvalid?: boolean;
  placeholder?: string;
  onChange: (value: number) => void;
  /** Called when the text is deleted; without it a number is needed. */
  onClear?: () => void;
  /** Called with a text that is no number, and says so itself; without it the field does, beside it. */
  onInvalid?: (text: string) => void;
}

const HALF_TYPED = /^[-−]?\d*[.,]?\d*(e[+-]?)?$/i;

export function NumberField({ id, value, integer = false, label, isInvalid = false, placeholder, onChange, onClear, onInvalid }: Props) {
  const shown = value === null ? "" : String(value);
  const [text, setText] = useState(shown);
  const [hasFocus, setHasFocus] = useState(false);
  const typed = parseTypedNumber(text, integer);
  useEffect(() => {
    if (!("value" in typed) || typed.value !== value) setText(shown);
  }, [value]);
  const isHalfTyped = hasFocus && HALF_TYPED.test(text);
  const fault = "fault" in typed && !isHalfTyped && text !== shown && !(onClear && text.trim() === "") ? typed.fault : undefined;
  return (
    <>
      <input
        id={id}
        class="number"
        inputMode={integer ? "numeric" : "decimal"}
        aria-label={label}
        aria-invalid={isInvalid || fault !== undefined}
        aria-describedby={fault && !onInvalid ? `${id}-fault` : undefined}
        placeholder={placeholder}
        value={text}
        onInput={(event) => {
          const entered = event.currentTarget.value;
          setText(entered);
          const parsed = parseTypedNumber(entered, integer);
          if ("value" in parsed) onChange(parsed.value);
          else if (onClear && entered.trim() === "") onClear();
          else if (!HALF_TYPED.test(entered)) onInvalid?.(entered);
        }}
        onFocus={() => setHasFocus(true)}
        onBlur={() => {
          setHasFocus(false);
          if ("value" in typed) setText(String(typed.value));
          else if (onInvalid && HALF_TYPED.test(text)) setText(shown);
        }}
      />
      {fault && !onInvalid && (
        <span class="invalid" role="alert" id={`${id}-fault`}>
          {text.trim() === "" ? "A number is needed" : `“${text}” ${fault}`}; {shown || placeholder} stays in use.
        </span>
      )}
    </>
  );
}
