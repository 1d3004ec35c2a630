// Types of columns that were changed: a bar that reads the file again with them.
import type { ColumnType, Dataset } from "../api/shapes";
import { route, hrefFor, navigate } from "../shell/route";
import { ReadAgain } from "./readAgain";

interface Props {
  dataset: Dataset;
  types: Record<string, ColumnType>;
  onUndo: () => void;
}

export function TypeChanges({ dataset, types, onUndo }: Props) {
  const changes = Object.entries(types);
  if (changes.length === 0) return null;
  const { query } = route.value;
  return (
    <div class="type-changes card" role="status">
      <p>
        {changes.map(([name, type], n) => (
          <span key={name}>
            {n > 0 && ", "}
            <bdi>{name}</bdi> as <strong>{type}</strong>
          </span>
        ))}
      </p>
      <ReadAgain
        dataset={dataset}
        options={{ types: JSON.stringify({ ...dataset.types, ...types }) }}
        onRead={({ id }) => navigate(hrefFor(["datasets", id], { target: query.get("target"), with: query.get("with"), more: query.get("more") }))}
        isPrimary
      >
        Read the file again
      </ReadAgain>
      <button class="small quiet" onClick={onUndo}>
        Undo
      </button>
    </div>
  );
}
