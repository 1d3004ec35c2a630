// One input of a model as a field: a number with a slider over what was seen in training, a choice, a date, words.
import type { Cell, ModelInput, RowSchema } from "../api/shapes";
import { figure } from "../shell/figures";
import { NumberField } from "../shell/numberfield";

const STEPS = 200;

interface Props {
  input: ModelInput;
  schema: RowSchema["properties"][string];
  value: Cell;
  warning: string | undefined;
  set: (value: Cell) => void;
}

export function Field({ input, schema, value, warning, set }: Props) {
  const id = `in-${input.name}`;
  return (
    <div class="field">
      <label for={id}>{input.name}</label>
      <Control id={id} input={input} schema={schema} value={value} set={set} />
      {warning && <p class="odd">{warning}</p>}
    </div>
  );
}

function Control({ id, input, schema, value, set }: Omit<Props, "warning"> & { id: string }) {
  if (schema.type?.includes("number")) {
    const [low, high] = [input.minimum ?? 0, input.maximum ?? 1];
    const step = stepOf(low, high);
    return (
      <div class="slide">
        <NumberField id={id} value={typeof value === "number" ? value : low} set={set} />
        <input
          type="range"
          aria-label={`${input.name}, from ${figure(low)} to ${figure(high)}`}
          min={low}
          max={high}
          step={step}
          value={typeof value === "number" ? value : low}
          onInput={(event) => set(Number(event.currentTarget.value))}
        />
      </div>
    );
  }
  if (schema.type?.includes("boolean")) {
    return (
      <select id={id} value={String(value)} onChange={(event) => set(truth(event.currentTarget.value))}>
        <option value="true">yes</option>
        <option value="false">no</option>
        <option value="null">not known</option>
      </select>
    );
  }
  if (schema.examples?.length) {
    return (
      <select id={id} value={String(value ?? "")} onChange={(event) => set(event.currentTarget.value || null)}>
        {schema.examples.map((name) => (
          <option key={name}>{name}</option>
        ))}
        <option value="">not known</option>
      </select>
    );
  }
  return (
    <input
      id={id}
      value={String(value ?? "")}
      placeholder={schema.format === "date-time" ? "2026-01-31T12:00:00Z" : ""}
      onInput={(event) => set(event.currentTarget.value || null)}
    />
  );
}

const truth = (text: string): boolean | null => (text === "null" ? null : text === "true");

/** A round step, about one in two hundred; whole for what is wide. */
function stepOf(low: number, high: number): number {
  const rough = (high - low) / STEPS || 1;
  return 10 ** Math.floor(Math.log10(rough));
}
