// Which column is the text that a net learns to write from, and whether its rows are documents.
import type { Column } from "../api/shapes";
import { ColumnSelect } from "./columnSelect";
import { setLanguage, setText } from "./jobDraft";

interface Props {
  columns: Column[];
  text: string;
  isDocuments: boolean;
}

export function TextPicker({ columns, text, isDocuments }: Props) {
  return (
    <>
      {columns.length > 1 && (
        <label class="target-picker">
          <span class="muted">Text column</span>
          <ColumnSelect
            columns={columns.filter(({ type }) => type === "text" || type === "categorical")}
            value={text || null}
            onChange={(name) => name !== null && setText(name)}
          />
        </label>
      )}
      <p class="muted">
        A net reads the text token by token and learns which one comes next; then it can write on from any prompt. The end of the
        text is held out, to measure it.
      </p>
      <label class="switch">
        <input type="checkbox" checked={isDocuments} onChange={(event) => setLanguage({ documents: event.currentTarget.checked })} /> each row is a
        document of its own
      </label>
    </>
  );
}
