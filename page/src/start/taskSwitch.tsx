// Switch between predicting a class and a number: guessed by the API, and always changeable.
import type { Spec } from "../api/shapes";
import { readChanges, setTask } from "./jobDraft";

const TASKS = [
  ["classification", "Classification", "predict a class, with a probability for each"],
  ["regression", "Regression", "predict a number"],
] as const;

export function TaskSwitch({ task }: { task: Spec["task"] | undefined }) {
  const isGuessed = (readChanges().task ?? "auto") === "auto";
  return (
    <fieldset class="task-switch">
      <legend class="visually-hidden">Task</legend>
      {TASKS.map(([value, term, words]) => (
        <label key={value}>
          <input type="radio" name="task" checked={task === value} onChange={() => setTask(value)} />
          <span>
            <strong>{term}</strong> <span class="muted">{words}</span>
          </span>
        </label>
      ))}
      <p class="muted">{isGuessed ? "Guessed from the column; change it if it is not what you want." : ""}</p>
    </fieldset>
  );
}
