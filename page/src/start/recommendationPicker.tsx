// Which columns say who, what, and how much it was liked.
import type { Column, Spec } from "../api/shapes";
import { readChanges, setRatings, setSetting } from "./jobDraft";
import { canNameThings } from "./recommendationColumns";

interface Props {
  columns: Column[];
  rows: number;
  spec: Spec | undefined;
  target: string;
}

export function RecommendationPicker({ columns, rows, spec, target }: Props) {
  const changes = readChanges();
  const [user, item] = [changes.user ?? spec?.user ?? "", changes.item ?? spec?.item ?? ""];
  const things = columns.filter((column) => canNameThings(column, rows)).map(({ name }) => name);
  const numbers = columns.filter(({ name, type }) => type === "numeric" && name !== user && name !== item).map(({ name }) => name);
  const isRated = target !== item && columns.some(({ name }) => name === target);
  const chooseItem = (name: string): void => {
    setSetting("item", name);
    if (!isRated) setRatings(name);
  };
  return (
    <>
      <ColumnPicker label="User column" hint="who" names={things} value={user} onChange={(name) => setSetting("user", name)} />
      <ColumnPicker label="Item column" hint="what they chose" names={things} value={item} onChange={chooseItem} />
      <label class="target-picker">
        <span class="muted">Rating column (how much they liked it)</span>
        <select value={isRated ? target : ""} onChange={(event) => setRatings(event.currentTarget.value || item)}>
          <option value="">none: every row is a choice</option>
          {(isRated && !numbers.includes(target) ? [...numbers, target] : numbers).map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

interface ColumnPickerProps {
  label: string;
  hint: string;
  names: string[];
  value: string;
  onChange: (name: string) => void;
}

function ColumnPicker({ label, hint, names, value, onChange }: ColumnPickerProps) {
  return (
    <label class="target-picker">
      <span class="muted">
        {label} ({hint})
      </span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {(names.includes(value) ? names : [value, ...names]).map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
