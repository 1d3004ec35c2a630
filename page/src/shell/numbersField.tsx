// Field for a list of numbers: takes effect when it is left or Enter is pressed, and says what is no number.
import { useEffect, useState } from "preact/hooks";
import { parseTypedNumbers } from "./typedNumber";

interface Props {
  id: string;
  values: number[];
  /** Whether the API refuses the values. */
  isInvalid: boolean;
  onChange: (values: number[]) => void;
}

export function NumbersField({ id, values, isInvalid, onChange }: Props) {
  const inUse = values.join(", ");
  const [text, setText] = useState(inUse);
  const [fault, setFault] = useState<string>();
  useEffect(() => {
    setText(inUse);
    setFault(undefined);
  }, [inUse]);
  return (
    <>
      <input
        id={id}
        value={text}
        aria-invalid={isInvalid || fault !== undefined}
        aria-describedby={fault ? `${id}-fault` : undefined}
        onInput={(event) => setText(event.currentTarget.value)}
        onChange={(event) => {
          const typed = parseTypedNumbers(event.currentTarget.value);
          setFault("fault" in typed ? typed.fault : undefined);
          if ("fault" in typed) return;
          setText(typed.values.join(", "));
          onChange(typed.values);
        }}
      />
      {fault && (
        <span class="invalid" role="alert" id={`${id}-fault`}>
          {fault}; {inUse} stays in use.
        </span>
      )}
    </>
  );
}
