// Fields of a model's inputs; of many the most important come first, and others are searched for.
import { useMemo } from "preact/hooks";
import { useFetch } from "../api/useFetch";
import { encodeSegment, isAllowed } from "../api/client";
import type { Cell, Importance, Model, ModelInput, PredictionResponse, Row, RowSchema } from "../api/shapes";
import { formatCount } from "../shell/format";
import { setQuery, route } from "../shell/route";
import type { Pixels } from "../shell/pixels";
import { InputField } from "./inputField";
import { PixelInput } from "./pixelInput";

/** How many fields are shown at once, and how many more by each press. */
const FIELDS_STEP = 24;

interface Props {
  model: Model;
  schema: RowSchema;
  row: Row;
  /** Why the API refuses values, by column. */
  errors: Map<string, string>;
  warnings: PredictionResponse["warnings"];
  onChange: (name: string, value: Cell) => void;
  /** The inputs that are pixels of a picture, which is drawn; and what is drawn on it. */
  pixels: Pixels | undefined;
  onDraw: (cells: Row) => void;
}

export function InputFields({ model, schema, row, errors, warnings, onChange, pixels, onDraw }: Props) {
  const { query } = route.value;
  const inputs = useMemo(() => listFields(model.inputs, pixels), [model, pixels]);
  const isLong = inputs.length > FIELDS_STEP;
  const importance = useFetch<Importance>(isLong && isAllowed("read") ? `/v1/models/${encodeSegment(model.id)}/importance` : null).value;
  const ordered = useMemo(() => orderInputs(inputs, importance), [inputs, importance]);
  const search = query.get("find") ?? "";
  const found = search ? ordered.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase())) : ordered;
  const limit = isLong ? Math.max(Number(query.get("fields")) || 0, FIELDS_STEP) : Infinity;
  const isShown = new Set(found.slice(0, limit));
  const shown = ordered.filter((input) => isShown.has(input) || errors.has(input.name));
  return (
    <>
      {pixels && <PixelInput pixels={pixels} row={row} onChange={onDraw} />}
      {isLong && (
        <div class="search">
          <input
            type="search"
            aria-label="Search columns"
            placeholder={`Search ${formatCount(inputs.length)} columns`}
            value={search}
            onInput={(event) => setQuery({ find: event.currentTarget.value || null, fields: null })}
          />
          <p class="muted" role="status">
            {describeShown(Math.min(found.length, limit), found.length, importance !== undefined && !search)}
          </p>
        </div>
      )}
      <div class="fields">
        {shown.map((input) => (
          <InputField
            key={input.name}
            input={input}
            schema={schema.properties[input.name] ?? {}}
            value={row[input.name] ?? null}
            error={errors.get(input.name)}
            warning={warnings.find((warning) => warning.column === input.name)?.detail}
            onChange={(value) => onChange(input.name, value)}
          />
        ))}
      </div>
      {found.length > limit && (
        <button class="small more" onClick={() => setQuery({ fields: String(limit + FIELDS_STEP) })}>
          Show {Math.min(FIELDS_STEP, found.length - limit)} more
        </button>
      )}
    </>
  );
}

/** The inputs that have a field of their own. */
function listFields(inputs: ModelInput[], pixels: Pixels | undefined): ModelInput[] {
  const drawn = new Set(pixels?.names);
  return inputs.filter(({ name }) => !drawn.has(name));
}

function describeShown(shown: number, found: number, isOrdered: boolean): string {
  if (found === 0) return "No column has this in its name.";
  if (shown === found) return found === 1 ? "1 column" : `${formatCount(found)} columns`;
  return `${isOrdered ? "the most important " : ""}${formatCount(shown)} of ${formatCount(found)} columns`;
}

function orderInputs(inputs: ModelInput[], importance: Importance | undefined): ModelInput[] {
  const rank = new Map(importance?.columns.map(({ column }, n) => [column, n]));
  return importance ? inputs.toSorted((a, b) => (rank.get(a.name) ?? Infinity) - (rank.get(b.name) ?? Infinity)) : inputs;
}
