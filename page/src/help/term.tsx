// A term of the field: underlined, and explained by a press, from docs/glossary.md.
import { useRef } from "preact/hooks";
import { findEntry, type Entry } from "./entries";
import { openTerm, POPOVER_ID } from "./openTerm";
import type { ComponentChildren } from "preact";

/** The term as it stands on the page; plain text where the glossary has no entry of this name. */
export function Term({ children, name = children }: { children: string; name?: string }) {
  const entry = findEntry(name);
  return entry ? (
    <TermButton entry={entry} kind="term">
      {children}
    </TermButton>
  ) : (
    <>{children}</>
  );
}

/** A question mark that explains a term, beside a label, which cannot hold a button itself. */
export function TermMark({ name }: { name: string }) {
  const entry = findEntry(name);
  return entry ? (
    <TermButton entry={entry} kind="term-mark">
      <span aria-hidden="true">?</span>
      <span class="visually-hidden">What is: {entry.names[0]}</span>
    </TermButton>
  ) : null;
}

function TermButton({ entry, kind, children }: { entry: Entry; kind: string; children: ComponentChildren }) {
  const button = useRef<HTMLButtonElement>(null);
  const isOpen = openTerm.value !== null && openTerm.value.anchor === button.current;
  return (
    <button
      ref={button}
      type="button"
      class={kind}
      aria-expanded={isOpen}
      aria-describedby={isOpen ? POPOVER_ID : undefined}
      onClick={(event) => {
        event.preventDefault();
        openTerm.value = isOpen ? null : { entry, anchor: event.currentTarget };
      }}
    >
      {children}
    </button>
  );
}
