// What to predict: one column, or several columns of numbers.
import type { Column, FieldError } from "../api/shapes";
import { Icon } from "../shell/icon";
import { ColumnSelect } from "./columnSelect";
import { setTarget, setTargets } from "./jobDraft";

interface Props {
  columns: Column[];
  targets: string[];
  errors: FieldError[];
}

export function TargetPicker({ columns, targets, errors }: Props) {
  const [first, ...more] = targets;
  const numeric = columns.filter(({ type }) => type === "numeric");
  const others = numeric.filter(({ name }) => !targets.includes(name));
  const hasError = (place: number): boolean => errors.some(({ pointer }) => pointer === `#/targets/${place}`);
  return (
    <div class="target-picker">
      <label>
        <span class="muted">Target column</span>
        <ColumnSelect
          label="Target column"
          columns={more.length === 0 ? columns : others}
          value={first ?? null}
          isInvalid={hasError(0)}
          onChange={(name) => name !== null && (more.length === 0 ? setTarget(name) : setTargets([name, ...more]))}
        />
      </label>
      {more.length > 0 && (
        <ul>
          {more.map((name, place) => (
            <li key={name} class={hasError(place + 1) ? "invalid" : ""}>
              <bdi>{name}</bdi>
              <button
                class="quiet round"
                aria-label={`Do not predict ${name}`}
                onClick={() => setTargets(targets.filter((other) => other !== name))}
              >
                <Icon name="cross" />
              </button>
            </li>
          ))}
        </ul>
      )}
      {numeric.some(({ name }) => name === first) && others.length > 0 && (
        <ColumnSelect
          label="Another target"
          columns={others}
          none="Add another target …"
          value={null}
          onChange={(name) => name !== null && setTargets([...targets, name])}
        />
      )}
      {more.length > 0 && <p class="muted">Regression: one net predicts these {targets.length} numbers at once.</p>}
    </div>
  );
}
