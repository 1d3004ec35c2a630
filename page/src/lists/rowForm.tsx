// Form below a row of a list: fields, a button that saves them, and one that leaves the form, as Escape does.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Problem } from "../api/client";
import { useAction } from "../api/useAction";
import { ErrorNotice } from "../shell/notices";

interface Props {
  /** What stands on the button that saves. */
  label: ComponentChildren;
  isDisabled?: boolean;
  /** A problem of something else than of saving. */
  problem?: Problem | undefined;
  send: () => Promise<unknown>;
  onSaved: () => void;
  onClose: () => void;
  children: ComponentChildren;
}

export function RowForm({ label, isDisabled = false, problem, send, onSaved, onClose, children }: Props) {
  const ref = useRef<HTMLFormElement>(null);
  const action = useAction((failure) => {
    if (failure) return;
    onSaved();
    onClose();
  });
  useLayoutEffect(() => focusFirst(ref.current), []);
  const shownProblem = action.problem ?? problem;
  return (
    <form
      ref={ref}
      class="label-form"
      onKeyDown={({ key }) => key === "Escape" && onClose()}
      onSubmit={(event) => {
        event.preventDefault();
        action.run(send);
      }}
    >
      {shownProblem && <ErrorNotice problem={shownProblem} />}
      {children}
      <div class="buttons">
        <button class="main" type="submit" disabled={isDisabled || action.isBusy}>
          {label}
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  );
}

/** Focus the first field of a form; returns what gives the focus back if it is still in the form. */
function focusFirst(form: HTMLFormElement | null): () => void {
  const before = document.activeElement;
  form?.querySelector("input")?.focus();
  return () => {
    if (form?.contains(document.activeElement) && before instanceof HTMLElement) before.focus();
  };
}
