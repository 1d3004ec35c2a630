// Search box over the items or users of a model, with the names that are found below it (ARIA combobox).
import { useState } from "preact/hooks";
import { useFetch } from "../api/useFetch";
import type { NameRows } from "../api/shapes";
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
  const [at, setAt] = useState(0);
  const search = useDebouncedValue(text);
  const limit = MAX_FOUND + Math.min(without.length, 100);
  const { value, problem } = useFetch<{ data: NameRows[] }>(isOpen ? `${path}?limit=${limit}&search=${encodeURIComponent(search)}` : null);
  const left = new Set(without);
  const found = (value?.data ?? []).filter(({ name }) => !left.has(name)).slice(0, MAX_FOUND);
  const isShown = isOpen && value !== undefined;
  const choose = (name: string): void => {
    onChoose(name);
    setText("");
    setAt(0);
    setIsOpen(false);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") setIsOpen(false);
    if (event.key === "Enter" && isShown && found[at]) {
      event.preventDefault();
      choose(found[at].name);
    }
    if (!step) return;
    event.preventDefault();
    if (isOpen) setAt(Math.min(Math.max(at + step, 0), Math.max(found.length - 1, 0)));
    else setIsOpen(true);
  };
  return (
    <div class="name-search">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        aria-expanded={isShown}
        aria-controls={`${id}-found`}
        aria-autocomplete="list"
        aria-activedescendant={isShown && found[at] ? `${id}-${at}` : undefined}
        placeholder={placeholder}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
          setIsOpen(true);
        }}
        onFocus={() => setIsOpen(true)}
        onClick={() => setIsOpen(true)}
        onBlur={() => setIsOpen(false)}
        onKeyDown={onKeyDown}
      />
      <ul id={`${id}-found`} role="listbox" aria-label={label} hidden={!isShown || !found.length}>
        {found.map(({ name, rows }, n) => (
          <li
            key={name}
            id={`${id}-${n}`}
            role="option"
            aria-selected={n === at}
            title={name}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => choose(name)}
          >
            <bdi>{shorten(name, 80)}</bdi> <span class="muted">{formatRows(rows)}</span>
          </li>
        ))}
      </ul>
      <p class="muted" role="status">
        {isShown && !found.length && (text ? `Nothing has “${shorten(text)}” in its name.` : "There are no more.")}
        {problem && problem.message}
      </p>
    </div>
  );
}
