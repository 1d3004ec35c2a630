// Which columns say who, what, and how much it was liked.
import type { Column, Spec } from "../api/shapes";
import { ColumnSelect } from "./columnSelect";
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
  const things = columns.filter((column) => canNameThings(column, rows));
  const numbers = columns.filter(({ name, type }) => type === "numeric" && name !== user && name !== item);
  const isRated = target !== item && columns.some(({ name }) => name === target);
  const chooseItem = (name: string): void => {
    setSetting("item", name);
    if (!isRated) setRatings(name);
  };
  return (
    <>
      <ColumnPicker label="User column" hint="who" columns={things} value={user} onChange={(name) => setSetting("user", name)} />
      <ColumnPicker label="Item column" hint="what they chose" columns={things} value={item} onChange={chooseItem} />
      <label class="target-picker">
        <span class="muted">Rating column (how much they liked it)</span>
        <ColumnSelect
          label="Rating column"
          columns={numbers}
          none="none: every row is a choice"
          value={isRated ? target : null}
          onChange={(name) => setRatings(name ?? item)}
        />
      </label>
    </>
  );
}

interface ColumnPickerProps {
  label: string;
  hint: string;
  columns: Column[];
  value: string;
  onChange: (name: string) => void;
}

function ColumnPicker({ label, hint, columns, value, onChange }: ColumnPickerProps) {
  return (
    <label class="target-picker">
      <span class="muted">
        {label} ({hint})
      </span>
      <ColumnSelect label={label} columns={columns} value={value || null} onChange={(name) => name !== null && onChange(name)} />
    </label>
  );
}
