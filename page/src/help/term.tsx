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

/** A button that breaks over lines and joins its heading as words do, which buttons of the browser do not. */
function TermButton({ entry, kind, children }: { entry: Entry; kind: string; children: ComponentChildren }) {
  const button = useRef<HTMLSpanElement>(null);
  const isOpen = openTerm.value !== null && openTerm.value.anchor === button.current;
  const toggle = (event: Event): void => {
    event.preventDefault();
    openTerm.value = isOpen || !button.current ? null : { entry, anchor: button.current };
  };
  return (
    <span
      ref={button}
      role="button"
      tabIndex={0}
      class={kind}
      aria-expanded={isOpen}
      aria-describedby={isOpen ? POPOVER_ID : undefined}
      onClick={toggle}
      onKeyDown={(event) => (event.key === "Enter" || event.key === " ") && toggle(event)}
    >
      {children}
    </span>
  );
}
