// Field for one input of a model: a number with a slider over its training range, a choice, a date or a text.
import type { Cell, ModelInput, RowSchema } from "../api/shapes";
import { formatNumber, shorten } from "../shell/format";
import { NumberField } from "../shell/numberField";
import { PictureInput } from "../pictures/pictureInput";

const SLIDER_STEPS = 200;
const MAX_NAME = 60;

interface Props {
  input: ModelInput;
  schema: RowSchema["properties"][string];
  value: Cell;
  warning: string | undefined;
  /** Why the API refuses the value. */
  error: string | undefined;
  onChange: (value: Cell) => void;
}

export function InputField({ input, schema, value, warning, error, onChange }: Props) {
  const id = `in-${input.name}`;
  return (
    <div class="field">
      <label for={id} title={input.name}>
        <bdi>{shorten(input.name, MAX_NAME)}</bdi>
      </label>
      <Control id={id} input={input} schema={schema} value={value} error={error} onChange={onChange} />
      {error && <p class="invalid">{error}</p>}
      {warning && <p class="caution">{warning}</p>}
    </div>
  );
}

function Control({ id, input, schema, value, error, onChange }: Omit<Props, "warning"> & { id: string }) {
  if (input.type === "image") return <PictureInput id={id} name={input.name} value={value} onChange={onChange} />;
  if (schema.type?.includes("number")) {
    const [low, high] = [input.minimum ?? 0, input.maximum ?? 1];
    const step = sliderStep(low, high);
    return (
      <div class="slide">
        <NumberField
          id={id}
          value={typeof value === "number" || typeof value === "string" ? value : ""}
          isInvalid={error !== undefined}
          placeholder="missing"
          onChange={onChange}
          onInvalid={onChange}
        />
        <input
          type="range"
          aria-label={`${input.name}, from ${formatNumber(low)} to ${formatNumber(high)}`}
          min={low}
          max={high}
          step={step}
          value={typeof value === "number" ? value : low}
          onInput={(event) => onChange(Number(event.currentTarget.value))}
        />
      </div>
    );
  }
  if (schema.type?.includes("boolean")) {
    return (
      <select id={id} value={String(value)} onChange={(event) => onChange(parseBoolean(event.currentTarget.value))}>
        <option value="true">yes</option>
        <option value="false">no</option>
        <option value="null">missing</option>
      </select>
    );
  }
  if (schema.examples?.length) {
    return (
      <select id={id} value={String(value ?? "")} onChange={(event) => onChange(event.currentTarget.value || null)}>
        {schema.examples.map((name) => (
          <option key={name}>{name}</option>
        ))}
        <option value="">missing</option>
      </select>
    );
  }
  return (
    <input
      id={id}
      value={String(value ?? "")}
      aria-invalid={error !== undefined}
      placeholder={schema.format === "date-time" ? "2026-01-31T12:00:00Z" : ""}
      onInput={(event) => onChange(event.currentTarget.value || null)}
    />
  );
}

const parseBoolean = (text: string): boolean | null => (text === "null" ? null : text === "true");

/** Step of a slider: a power of ten, about a two-hundredth of the range. */
function sliderStep(low: number, high: number): number {
  const rough = (high - low) / SLIDER_STEPS || 1;
  return 10 ** Math.floor(Math.log10(rough));
}
