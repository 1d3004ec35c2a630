// Switch between predicting a class, a number, and recommending items: guessed by the API, and always changeable.
import type { Column, Spec } from "../api/shapes";
import { TermMark } from "../help/term";
import { readChanges, setRecommendation, setTask, setText } from "./jobDraft";
import { guessColumns } from "./recommendationColumns";

const TASKS = [
  ["classification", "Classification", "predict a class, with a probability for each"],
  ["regression", "Regression", "predict a number"],
  ["recommendation", "Recommendation", "suggest items to users, from who chose what"],
  ["language", "Language", "write on from a prompt, as a text does"],
] as const;

interface Props {
  columns: Column[];
  rows: number;
  task: Spec["task"] | undefined;
}

export function TaskSwitch({ columns, rows, task }: Props) {
  const isGuessed = (readChanges().task ?? "auto") === "auto";
  const guess = guessColumns(columns, rows);
  const text = columns.find(({ type }) => type === "text")?.name;
  const isOffered = { classification: true, regression: true, recommendation: guess !== undefined, language: text !== undefined };
  const choose = (chosen: (typeof TASKS)[number][0]): void => {
    if (chosen === "language") setText(text ?? "");
    else if (chosen !== "recommendation") setTask(chosen);
    else if (guess) setRecommendation(guess);
  };
  return (
    <fieldset class="task-switch">
      <legend class="visually-hidden">Task</legend>
      {TASKS.filter(([value]) => isOffered[value] || task === value).map(([value, term, words]) => (
        <div key={value} class="with-term">
          <label>
            <input type="radio" name="task" checked={task === value} onChange={() => choose(value)} />
            <span>
              <strong>{term}</strong> <span class="muted">{words}</span>
            </span>
          </label>
          <TermMark name={value === "language" ? "language model" : value} />
        </div>
      ))}
      <p class="muted">{isGuessed ? "Guessed from the column; change it if it is not what you want." : ""}</p>
    </fieldset>
  );
}
