// Button that deletes something after a question, which another press answers.
import { useState } from "preact/hooks";
import { isAllowed, Problem, remove } from "../api/client";
import type { Scope } from "../api/shapes";
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
  const [isSending, setIsSending] = useState(false);
  if (!isAllowed(scope)) return null;

  const confirmOrDelete = async (): Promise<void> => {
    if (!isConfirming) {
      setIsConfirming(true);
      return;
    }
    setIsSending(true);
    onProblem(undefined);
    try {
      await remove(path);
      onDeleted();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      onProblem(error);
    }
    setIsConfirming(false);
    setIsSending(false);
  };

  return (
    <button
      class={`small ${isConfirming ? "confirm" : "quiet round"}`}
      aria-label={isConfirming ? `Really ${verb.toLowerCase()} ${name}?` : `${verb} ${name}`}
      title={verb}
      disabled={isSending}
      onBlur={() => setIsConfirming(false)}
      onClick={() => void confirmOrDelete()}
    >
      <Icon name="trash" /> {isConfirming && `Really ${verb.toLowerCase()}?`}
    </button>
  );
}
