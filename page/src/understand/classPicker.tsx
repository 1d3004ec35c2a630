// Picker of one class among any number, by typing a part of its name.
import { useEffect, useId, useState } from "preact/hooks";
import { route, setQuery } from "../shell/route";

/** The class in the address, if it is one of these. */
export const readClass = (labels: string[]): string | null => {
  const chosen = route.value.query.get("class");
  return chosen !== null && labels.includes(chosen) ? chosen : null;
};

export function ClassPicker({ labels, name }: { labels: string[]; name: string }) {
  const chosen = readClass(labels);
  const id = useId();
  const [text, setText] = useState(chosen ?? "");
  const showChosen = (): void => setText(chosen ?? "");
  useEffect(showChosen, [chosen]);
  const choose = (typed: string): void => {
    setText(typed);
    if (typed === "" || labels.includes(typed)) setQuery({ class: typed || null });
  };
  return (
    <label class="choices">
      <span class="muted">Class:</span>
      <input
        type="search"
        list={id}
        aria-label={`Class of the ${name}`}
        placeholder="hardest to tell"
        value={text}
        onInput={(event) => choose(event.currentTarget.value)}
        onBlur={showChosen}
      />
      <datalist id={id}>
        {labels.map((label) => (
          <option key={label} value={label} />
        ))}
      </datalist>
    </label>
  );
}
