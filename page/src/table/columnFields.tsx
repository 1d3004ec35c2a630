// Fields of one column: whether it is the target, whether it is an input, and its type.
import { isAllowed } from "../api/client";
import type { Column, ColumnType } from "../api/shapes";
import { setTarget, setTargets } from "../start/jobDraft";
import type { ColumnChoices } from "./columnChoices";
import { describeFormat } from "./describeFormat";

interface Props {
  column: Column;
  choices: ColumnChoices;
}

const TYPES: ColumnType[] = ["numeric", "categorical", "boolean", "datetime", "text"];

/** The name of a column, with a button that makes it the target, unless columns have roles. */
export function TargetField({ column, choices: { targets, roles } }: Props) {
  const { name, type } = column;
  const isTarget = targets.includes(name);
  if (roles) {
    return (
      <p class="target-choice">
        <ColumnName name={name} tag={roles.get(name)} />
      </p>
    );
  }
  return (
    <label class="target-choice">
      {targets.length > 1 ? (
        <input
          type="checkbox"
          checked={isTarget}
          disabled={!isTarget && type !== "numeric"}
          onChange={() => setTargets(isTarget ? targets.filter((other) => other !== name) : [...targets, name])}
        />
      ) : (
        <input type="radio" name="target" checked={isTarget} onChange={() => setTarget(name)} />
      )}
      <ColumnName name={name} tag={isTarget ? "target" : undefined} />
    </label>
  );
}

function ColumnName({ name, tag }: { name: string; tag: string | undefined }) {
  return (
    <>
      <strong title={name}>
        <bdi>{name}</bdi>
      </strong>
      {tag && <span class="tag">{tag}</span>}
    </>
  );
}

/** Whether a column is an input; nothing of a target, or where columns have roles. */
export function UseField({ column: { name }, choices: { targets, roles, features, onUse } }: Props) {
  if (roles || targets.includes(name)) return null;
  return (
    <label class="feature-choice">
      <input type="checkbox" checked={features.has(name)} onChange={(event) => onUse([name], event.currentTarget.checked)} />
      <span>
        use as input<span class="visually-hidden">: {name}</span>
      </span>
    </label>
  );
}

export function TypeField({ column, choices: { types, onType } }: Props) {
  const format = describeFormat(column.format);
  return (
    <label class="type-choice">
      <span class="visually-hidden">Type of {column.name}</span>
      <select
        value={types[column.name] ?? column.type}
        disabled={!isAllowed("train") || column.type === "image"}
        onChange={(event) => onType(column, event.currentTarget.value as ColumnType)}
      >
        {(column.type === "image" ? (["image"] as const) : TYPES).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      {format && <span class="muted">{format}</span>}
    </label>
  );
}
