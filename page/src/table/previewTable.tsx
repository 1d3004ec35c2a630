// Table of some rows of a dataset: the type of each column, missing cells, and faults in place.
import type { Cell, Column, Issue } from "../api/shapes";
import { formatCell, shorten, toWords } from "../shell/format";
import type { Entry } from "./placeIssues";

const MAX_LENGTH = 32;
const MAX_NAME = 28;

interface Props {
  columns: Column[];
  entries: Entry[];
  targets: string[];
  /** The line that is looked at. */
  line: number | undefined;
}

export function PreviewTable({ columns, entries, targets, line }: Props) {
  const markTarget = (name: string): string => (targets.includes(name) ? "target" : "");
  return (
    <table class="preview-table">
      <thead>
        <tr>
          <th scope="col">Line</th>
          {columns.map(({ name, type }) => (
            <th key={name} scope="col" class={markTarget(name)}>
              <bdi title={name}>{shorten(name, MAX_NAME)}</bdi> <span class="muted">{markTarget(name) ? `${type} · target` : type}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.place} class={`${entry.row ? "" : "rejected"} ${entry.place === line ? "looked-at" : ""}`}>
            <th scope="row" class="number">
              {entry.place}
            </th>
            {entry.row ? (
              columns.map(({ name, type }) => (
                <td key={name} class={`${type === "numeric" ? "number" : ""} ${markTarget(name)}`}>
                  <CellValue cell={entry.row?.[name]} fault={entry.faults.get(name)} />
                </td>
              ))
            ) : (
              <td colSpan={columns.length}>
                <RejectedRow fault={entry.fault} />
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function CellValue({ cell, fault }: { cell: Cell | undefined; fault: Issue | undefined }) {
  const text = formatCell(cell);
  if (cell == null && !fault) return <span class="muted missing">missing</span>;
  const value = (
    <bdi dir="auto" title={text.length > MAX_LENGTH ? text : undefined}>
      {shorten(text, MAX_LENGTH)}
    </bdi>
  );
  if (!fault) return value;
  return (
    <span class="fault" title={describeFault(fault)}>
      {cell == null ? <s dir="auto">{shorten(fault.value ?? "", MAX_LENGTH)}</s> : value}{" "}
      <span class="caution">{toWords(cell == null ? fault.action : fault.code)}</span>
    </span>
  );
}

function RejectedRow({ fault }: { fault: Issue | undefined }) {
  if (!fault) return null;
  return (
    <span class="fault">
      <s dir="auto" title={fault.value ?? undefined}>
        {shorten(fault.value ?? "", 80)}
      </s>{" "}
      <span class="caution">skipped: {toWords(fault.code)}</span> {fault.suggestion && <span class="muted">{fault.suggestion}</span>}
    </span>
  );
}

const describeFault = ({ code, suggestion }: Issue): string => `${toWords(code)}${suggestion ? `. ${suggestion}` : ""}`;
