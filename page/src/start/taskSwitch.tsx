// Switch between predicting a class, a number, and recommending items: guessed by the API, and always changeable.
import type { Column, Spec } from "../api/shapes";
import { readChanges, setRecommendation, setTask } from "./jobDraft";
import { guessColumns } from "./recommendationColumns";

const TASKS = [
  ["classification", "Classification", "predict a class, with a probability for each"],
  ["regression", "Regression", "predict a number"],
  ["recommendation", "Recommendation", "suggest items to users, from who chose what"],
] as const;

interface Props {
  columns: Column[];
  rows: number;
  task: Spec["task"] | undefined;
}

export function TaskSwitch({ columns, rows, task }: Props) {
  const isGuessed = (readChanges().task ?? "auto") === "auto";
  const guess = guessColumns(columns, rows);
  const choose = (chosen: (typeof TASKS)[number][0]): void => {
    if (chosen !== "recommendation") setTask(chosen);
    else if (guess) setRecommendation(guess);
  };
  return (
    <fieldset class="task-switch">
      <legend class="visually-hidden">Task</legend>
      {TASKS.filter(([value]) => value !== "recommendation" || guess || task === value).map(([value, term, words]) => (
        <label key={value}>
          <input type="radio" name="task" checked={task === value} onChange={() => choose(value)} />
          <span>
            <strong>{term}</strong> <span class="muted">{words}</span>
          </span>
        </label>
      ))}
      <p class="muted">{isGuessed ? "Guessed from the column; change it if it is not what you want." : ""}</p>
    </fieldset>
  );
}
