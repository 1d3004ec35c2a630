// Selection in a list, kept in the address, and the bar with what can be done with all that is selected.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { encodeSegment, isAllowed, Problem, remove } from "../api/client";
import { Icon } from "../shell/icon";
import { ErrorNotice } from "../shell/notices";
import { setQuery, route } from "../shell/route";

export const selectedIds = (): string[] => (route.value.query.get("selected") ?? "").split(",").filter(Boolean);

const select = (ids: string[]): void => setQuery({ selected: ids.join(",") || null });

export function SelectBox({ id, name }: { id: string; name: string }) {
  const selected = selectedIds();
  const isSelected = selected.includes(id);
  return (
    <label class="select">
      <input
        type="checkbox"
        aria-label={`Select ${name}`}
        checked={isSelected}
        onChange={() => select(isSelected ? selected.filter((other) => other !== id) : [...selected, id])}
      />
    </label>
  );
}

/** A box for all rows of the page. */
export function SelectAllBox({ ids }: { ids: string[] }) {
  const selected = selectedIds();
  const here = ids.filter((id) => selected.includes(id)).length;
  const others = selected.filter((id) => !ids.includes(id));
  return (
    <label class="select">
      <span class="visually-hidden">Selected</span>
      <input
        type="checkbox"
        aria-label="Select all on this page"
        checked={here > 0 && here === ids.length}
        indeterminate={here > 0 && here < ids.length}
        onChange={() => select(here === ids.length ? others : [...others, ...ids])}
      />
    </label>
  );
}

interface Props {
  /** What one is called, and several are. */
  noun: [string, string];
  /** The path of the list, below which each is deleted. */
  path: string;
  /** What goes with them, and what stays. */
  consequence: string;
  onDeleted: () => void;
  children?: ComponentChildren;
}

export function SelectionBar({ noun, path, consequence, onDeleted, children }: Props) {
  const ids = selectedIds();
  const [isConfirming, setIsConfirming] = useState(false);
  const [isDeleting, setIsDeleting] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  if (ids.length === 0) return problem ? <ErrorNotice problem={problem} /> : null;
  const count = `${ids.length} ${noun[ids.length === 1 ? 0 : 1]}`;

  const deleteAll = async (): Promise<void> => {
    setIsDeleting(true);
    const refusals = new Map<string, Problem>();
    for (const id of ids) {
      try {
        await remove(`${path}/${encodeSegment(id)}`);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        refusals.set(id, error);
      }
    }
    setProblem([...refusals.values()][0]);
    select([...refusals.keys()]);
    setIsDeleting(false);
    setIsConfirming(false);
    onDeleted();
  };

  return (
    <section class="selection card" aria-label="Selected">
      {problem && <ErrorNotice problem={problem} />}
      {isConfirming ? (
        <>
          <p role="alert">
            <strong>Delete {count}?</strong> {consequence}
          </p>
          <div class="buttons">
            <button class="confirm" disabled={isDeleting} onClick={() => void deleteAll()}>
              <Icon name="trash" /> {isDeleting ? "Deleting …" : `Delete ${count}`}
            </button>
            <button disabled={isDeleting} autofocus onClick={() => setIsConfirming(false)}>
              Keep {ids.length === 1 ? "it" : "them"}
            </button>
          </div>
        </>
      ) : (
        <>
          <p role="status">{count} selected</p>
          <div class="buttons">
            {children}
            {isAllowed("train") && (
              <button onClick={() => setIsConfirming(true)}>
                <Icon name="trash" /> Delete …
              </button>
            )}
            <button class="quiet" onClick={() => select([])}>
              Clear
            </button>
          </div>
        </>
      )}
    </section>
  );
}
