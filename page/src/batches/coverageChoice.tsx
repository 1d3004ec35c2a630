// Choice of a coverage, by which predictions of a file get intervals or sets.
import type { Model } from "../api/shapes";
import { TermMark } from "../help/term";
import { formatPercent } from "../shell/format";

const LEVELS = [0.5, 0.8, 0.9, 0.95];

interface Props {
  model: Model;
  /** The coverage; null: no intervals or sets. */
  value: number | null;
  onChange: (value: number | null) => void;
}

export function CoverageChoice({ model, value, onChange }: Props) {
  return (
    <>
      <label>
        {model.task === "classification" ? "Sets of classes" : "Intervals"}
        <select value={String(value ?? "")} onChange={(event) => onChange(Number(event.currentTarget.value) || null)}>
          <option value="">none</option>
          {LEVELS.map((level) => (
            <option key={level} value={level}>
              {formatPercent(level)}
            </option>
          ))}
        </select>
      </label>
      <TermMark name={model.task === "classification" ? "prediction set" : "prediction interval"} />
    </>
  );
}
