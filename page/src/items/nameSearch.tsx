// Search box over the items or users of a model, with the names that are found below it.
import { useState } from "preact/hooks";
import { useFetch } from "../api/useFetch";
import type { NameRows } from "../api/shapes";
import { Combobox } from "../shell/combobox";
import { formatRows, shorten } from "../shell/format";
import { useDebouncedValue } from "../shell/useDebouncedValue";

const MAX_FOUND = 8;

interface Props {
  id: string;
  /** The path of the names. */
  path: string;
  label: string;
  placeholder: string;
  /** Names that are not offered. */
  without?: string[];
  onChoose: (name: string) => void;
}

export function NameSearch({ id, path, label, placeholder, without = [], onChoose }: Props) {
  const [text, setText] = useState("");
  const [isOpen, setIsOpen] = useState(false);
  const search = useDebouncedValue(text);
  const limit = MAX_FOUND + Math.min(without.length, 100);
  const { value, problem } = useFetch<{ data: NameRows[] }>(isOpen ? `${path}?limit=${limit}&search=${encodeURIComponent(search)}` : null);
  const left = new Set(without);
  const found = value?.data.filter(({ name }) => !left.has(name)).slice(0, MAX_FOUND);
  return (
    <Combobox
      id={id}
      label={label}
      placeholder={placeholder}
      found={found?.map(({ name, rows }) => ({ name, note: formatRows(rows) }))}
      onSearch={(typed, opens) => {
        setText(typed);
        setIsOpen(opens);
      }}
      onChoose={onChoose}
      status={(isShown, typed) => (
        <>
          {isShown && !found?.length && (typed ? `Nothing has “${shorten(typed)}” in its name.` : "There are no more.")}
          {problem && problem.message}
        </>
      )}
    />
  );
}
