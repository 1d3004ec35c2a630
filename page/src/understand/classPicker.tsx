// Picker of one class among any number, by typing a part of its name.
import { useState } from "preact/hooks";
import { route, setQuery } from "../shell/route";

const ID = "class-names";

/** The class in the address, if it is one of these. */
export const readClass = (labels: string[]): string | null => {
  const chosen = route.value.query.get("class");
  return chosen !== null && labels.includes(chosen) ? chosen : null;
};

export function ClassPicker({ labels, name }: { labels: string[]; name: string }) {
  const chosen = readClass(labels);
  const [text, setText] = useState(chosen ?? "");
  const choose = (typed: string): void => {
    setText(typed);
    if (typed === "" || labels.includes(typed)) setQuery({ class: typed || null });
  };
  return (
    <label class="choices">
      <span class="muted">Class:</span>
      <input
        type="search"
        list={`${ID}-${name}`}
        aria-label={`Class of the ${name}`}
        placeholder="hardest to tell"
        value={chosen ?? text}
        onInput={(event) => choose(event.currentTarget.value)}
      />
      <datalist id={`${ID}-${name}`}>
        {labels.map((label) => (
          <option key={label} value={label} />
        ))}
      </datalist>
    </label>
  );
}
