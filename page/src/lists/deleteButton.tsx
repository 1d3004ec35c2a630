// Button that deletes something after a question, which another press answers.
import { useState } from "preact/hooks";
import { isAllowed, type Problem, remove } from "../api/client";
import type { Scope } from "../api/shapes";
import { useAction } from "../api/useAction";
import { Icon } from "../shell/icon";

interface Props {
  path: string;
  /** What a key must allow. */
  scope?: Scope;
  /** What is deleted, for those who cannot see the row. */
  name: string;
  verb?: string;
  onDeleted: () => void;
  onProblem: (problem: Problem | undefined) => void;
}

export function DeleteButton({ path, scope = "train", name, verb = "Delete", onDeleted, onProblem }: Props) {
  const [isConfirming, setIsConfirming] = useState(false);
  const { isBusy, run } = useAction((problem) => {
    setIsConfirming(false);
    onProblem(problem);
  });
  if (!isAllowed(scope)) return null;

  const confirmOrDelete = (): void => {
    if (isConfirming) run(() => remove(path).then(onDeleted));
    else setIsConfirming(true);
  };

  return (
    <button
      class={`small ${isConfirming ? "confirm" : "quiet round"}`}
      aria-label={isConfirming ? `Really ${verb.toLowerCase()} ${name}?` : `${verb} ${name}`}
      title={verb}
      disabled={isBusy}
      onBlur={() => setIsConfirming(false)}
      onClick={confirmOrDelete}
    >
      <Icon name="trash" /> {isConfirming && `Really ${verb.toLowerCase()}?`}
    </button>
  );
}
