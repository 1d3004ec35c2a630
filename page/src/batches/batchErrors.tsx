// How many rows of a file have no prediction, or one that was made without some cells; and a file of them.
import { saveBlob } from "../api/saveFile";
import type { Batch, BatchErrors as Errors } from "../api/shapes";
import { useFetch } from "../api/useFetch";
import { toCsv } from "../shell/csv";
import { formatCount, formatRows } from "../shell/format";
import { Icon } from "../shell/icon";
import { batchPath } from "./saveOutput";

const MEMBERS = ["line", "row", "column", "value", "code", "action", "suggestion"];
const MAX_ERRORS = 1_000;

export function BatchErrors({ batch, name }: { batch: Batch; name: string }) {
  const errors = useFetch<Errors>(`${batchPath(batch)}/errors?limit=${MAX_ERRORS}`).value;
  if (!errors || (errors.data.length === 0 && errors.rows_rejected === 0)) return null;
  const emptied = errors.data.filter(({ action }) => action === "cell_emptied").length;
  const parts = [
    errors.rows_rejected > 0 && `${formatRows(errors.rows_rejected)} could not be read and ${errors.rows_rejected === 1 ? "has" : "have"} no prediction`,
    emptied > 0 && `${formatCount(emptied)} ${emptied === 1 ? "cell" : "cells"} could not be read and ${emptied === 1 ? "counts" : "count"} as missing`,
  ].filter(Boolean);
  const save = (): void => {
    const table = toCsv(MEMBERS.map((member) => [member, errors.data.map((error) => error[member] as string | number | null)]));
    saveBlob(new Blob([table], { type: "text/csv" }), `${name}-errors.csv`);
  };
  return (
    <p class="batch-errors">
      <span class="caution">{parts.join("; ")}.</span>
      {errors.data.length > 0 && (
        <button class="small" onClick={save}>
          <Icon name="warning" /> Save the errors
        </button>
      )}
    </p>
  );
}
