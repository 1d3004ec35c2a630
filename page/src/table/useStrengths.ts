// Hook for how much of a target each other column explains alone.
import { useMemo } from "preact/hooks";
import { encodeSegment } from "../api/client";
import type { ColumnStrengths, Spec } from "../api/shapes";
import { useFetch } from "../api/useFetch";

export interface Strengths {
  task: ColumnStrengths["task"];
  /** By the name of the column; null where it could not be measured. */
  byColumn: Map<string, number | null>;
  /** The rows of the sample on which it was measured. */
  rows: number;
  /** Why none could be measured. */
  reason: string | null;
}

/** The strengths; undefined until they are there, and where the task has none. */
export function useStrengths(datasetId: string, target: string | undefined, task: Spec["task"] | undefined): Strengths | undefined {
  const isMeasured = target !== undefined && task !== "recommendation" && task !== "language";
  const query = new URLSearchParams({ target: target ?? "", ...(task === undefined || task === "auto" ? {} : { task }) });
  const path = `/v1/datasets/${encodeSegment(datasetId)}/column-strengths?${query}`;
  const { value } = useFetch<ColumnStrengths>(isMeasured ? path : null);
  return useMemo(
    () =>
      value && {
        task: value.task,
        byColumn: new Map(value.data.map(({ column, strength }) => [column, strength])),
        rows: value.rows,
        reason: value.reason ?? null,
      },
    [value],
  );
}
