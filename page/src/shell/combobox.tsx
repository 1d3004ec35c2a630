// Text field with the choices that its text finds listed below it (ARIA combobox).
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { shorten } from "./format";

export interface Choice {
  name: string;
  /** What is known of it. */
  note?: string;
}

interface Props {
  id: string;
  label: string;
  /** Whether a label stands beside it already. */
  isLabelled?: boolean;
  placeholder?: string;
  /** The name that is chosen, shown while nothing is typed. */
  chosen?: string;
  isInvalid?: boolean;
  /** What the text finds; undefined while that is not known. */
  found: Choice[] | undefined;
  /** Called with the text as it is typed, and whether the list is open. */
  onSearch: (text: string, isOpen: boolean) => void;
  onChoose: (name: string) => void;
  /** What is said below. */
  status?: (isShown: boolean, text: string) => ComponentChildren;
}

export function Combobox({ id, label, isLabelled = false, placeholder, chosen = "", isInvalid = false, found, onSearch, onChoose, status }: Props) {
  const [text, setText] = useState<string>();
  const [isOpen, setIsOpen] = useState(false);
  const [at, setAt] = useState(0);
  const choices = found ?? [];
  const isShown = isOpen && found !== undefined;
  const search = (typed: string | undefined, opens: boolean): void => {
    setText(typed);
    setIsOpen(opens);
    onSearch(typed ?? "", opens);
  };
  const choose = (name: string): void => {
    onChoose(name);
    setAt(0);
    search(undefined, false);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") search(undefined, false);
    if (event.key === "Enter" && isShown && choices[at]) {
      event.preventDefault();
      choose(choices[at].name);
    }
    if (!step) return;
    event.preventDefault();
    if (isOpen) setAt(Math.min(Math.max(at + step, 0), Math.max(choices.length - 1, 0)));
    else search(text, true);
  };
  return (
    <div class="combobox">
      {!isLabelled && <label for={id}>{label}</label>}
      <input
        id={id}
        type="text"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        aria-label={isLabelled ? label : undefined}
        aria-expanded={isShown}
        aria-controls={`${id}-found`}
        aria-autocomplete="list"
        aria-activedescendant={isShown && choices[at] ? `${id}-${at}` : undefined}
        aria-invalid={isInvalid}
        placeholder={placeholder}
        value={text ?? chosen}
        onInput={(event) => {
          setAt(0);
          search(event.currentTarget.value, true);
        }}
        onFocus={(event) => {
          event.currentTarget.select();
          search(text, true);
        }}
        onClick={() => search(text, true)}
        onBlur={() => search(chosen ? undefined : text, false)}
        onKeyDown={onKeyDown}
      />
      <ul id={`${id}-found`} role="listbox" aria-label={label} hidden={!isShown || !choices.length}>
        {isShown && choices.map(({ name, note }, n) => (
          <li
            key={name}
            id={`${id}-${n}`}
            role="option"
            aria-selected={n === at}
            title={name}
            onPointerDown={(event) => event.preventDefault()}
            onClick={(event) => {
              event.preventDefault();
              choose(name);
            }}
          >
            <bdi>{shorten(name, 80)}</bdi> {note && <span class="muted">{note}</span>}
          </li>
        ))}
      </ul>
      {status && (
        <p class="muted" role="status">
          {status(isShown, text ?? "")}
        </p>
      )}
    </div>
  );
}
