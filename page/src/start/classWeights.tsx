// How much an error on each class counts: the same, inversely to its frequency, or as one says.
import { SETTINGS } from "../api/choices";
import type { Column, Spec } from "../api/shapes";
import { NumberField } from "../shell/numberField";
import { shorten } from "../shell/format";
import { setSetting } from "./jobDraft";
import { SettingField } from "./settingField";

interface Props {
  spec: Spec;
  columns: Column[];
  error: string | undefined;
}

const METHODS = { equal: "equal", balanced: "balanced", chosen: "chosen" } as const;

export function ClassWeights({ spec, columns, error }: Props) {
  const weights = spec.class_weights;
  const target = columns.find(({ name }) => name === spec.target);
  const classes = target ? listClasses(target) : [];
  const chosen = typeof weights === "object" ? weights : null;
  const names = [...new Set([...classes, ...Object.keys(chosen ?? {})])];
  const choose = (method: keyof typeof METHODS): void => {
    const each = Object.fromEntries(names.map((name) => [name, 1]));
    setSetting("class_weights", method === "equal" ? undefined : method === "balanced" ? "balanced" : each);
  };
  return (
    <>
      <SettingField name="class-weights" title="Class weights" description={SETTINGS.class_weights} error={error}>
        <select
          id="class-weights"
          aria-invalid={error !== undefined}
          value={chosen ? "chosen" : weights === "balanced" ? "balanced" : "equal"}
          onChange={(event) => choose(event.currentTarget.value as keyof typeof METHODS)}
        >
          {Object.keys(METHODS)
            .filter((method) => method !== "chosen" || names.length > 0)
            .map((method) => (
              <option key={method}>{method}</option>
            ))}
        </select>
      </SettingField>
      {chosen && (
        <div class="class-weights">
          {names.map((name, n) => (
            <label key={name}>
              <bdi title={name}>{shorten(name, 24)}</bdi>
              <NumberField
                id={`class-weight-${n}`}
                label={`Weight of ${name}`}
                value={chosen[name] ?? 1}
                onChange={(weight) => setSetting("class_weights", { ...chosen, [name]: weight })}
              />
            </label>
          ))}
        </div>
      )}
    </>
  );
}

/** The classes that the profile of a target names. */
function listClasses({ type, top, min, max, rarest, format }: Column): string[] {
  if (type === "boolean") return format?.labels.length === 2 ? format.labels : ["false", "true"];
  if (top) return top.map(({ value }) => value);
  const [low, high] = [Number(min), Number(max)];
  return rarest != null && high - low < 20 ? Array.from({ length: high - low + 1 }, (_, n) => String(low + n)) : [];
}
