// Choice of one column, or of none.
import type { Column } from "../api/shapes";

interface Props {
  id?: string;
  label?: string;
  columns: Column[];
  /** The text of the choice of no column; without it there is no such choice. */
  none?: string;
  value: string | null;
  isInvalid?: boolean;
  onChange: (name: string | null) => void;
}

export function ColumnSelect({ id, label, columns, none, value, isInvalid = false, onChange }: Props) {
  const names = columns.map(({ name }) => name);
  return (
    <select
      id={id}
      aria-label={label}
      aria-invalid={isInvalid}
      value={value ?? ""}
      onChange={(event) => onChange(event.currentTarget.value || null)}
    >
      {none !== undefined && <option value="">{none}</option>}
      {(value === null || names.includes(value) ? names : [...names, value]).map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
