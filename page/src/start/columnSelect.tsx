// Choice of one column, or of none: a list, or a search where the columns are many.
import { useState } from "preact/hooks";
import type { Column } from "../api/shapes";
import { Combobox } from "../shell/combobox";
import { formatCount, shorten } from "../shell/format";

/** From so many columns on one searches. */
const MIN_SEARCHED = 30;
const MAX_FOUND = 40;

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

export function ColumnSelect(props: Props) {
  const { id, label, columns, none, value, isInvalid = false, onChange } = props;
  const names = columns.map(({ name }) => name);
  const known = value === null || names.includes(value) ? names : [...names, value];
  if (known.length >= MIN_SEARCHED) return <ColumnSearch {...props} />;
  return (
    <select
      id={id}
      aria-label={label}
      aria-invalid={isInvalid}
      value={value ?? ""}
      onChange={(event) => onChange(event.currentTarget.value || null)}
    >
      {none !== undefined && <option value="">{none}</option>}
      {known.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

function ColumnSearch({ id, label = "Column", columns, none, value, isInvalid = false, onChange }: Props) {
  const [text, setText] = useState("");
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = columns.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
  const choices = found.slice(0, MAX_FOUND).map(({ name, type }) => ({ name, note: type }));
  const left = found.length - choices.length;
  return (
    <Combobox
      id={id ?? `column-${label.toLowerCase().replaceAll(" ", "-")}`}
      label={label}
      isLabelled
      placeholder={none ?? "Search columns"}
      chosen={value ?? ""}
      isInvalid={isInvalid}
      found={none !== undefined && value !== null && !words.length ? [{ name: none }, ...choices] : choices}
      onSearch={(typed) => setText(typed)}
      onChoose={(name) => onChange(name === none ? null : name)}
      status={(isShown, typed) =>
        isShown && (found.length === 0 ? `No column has “${shorten(typed)}” in its name.` : left > 0 && `And ${formatCount(left)} more: type to search.`)
      }
    />
  );
}
