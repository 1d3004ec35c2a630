// Hook for one row of a dataset by its number, so that addresses need not hold rows of many columns.
import { encodeSegment, type Problem } from "./client";
import type { List, Row } from "./shapes";
import { useFetch } from "./useFetch";

/** The row of a number from 1; none if the number is null or is not one of a row. */
export function useDatasetRow(
  dataset: string,
  number: string | null,
): { row: Row | undefined; problem: Problem | undefined; isLoading: boolean } {
  const isNumber = number !== null && /^[1-9]\d{0,14}$/.test(number);
  const path = `/v1/datasets/${encodeSegment(dataset)}/rows?after=${Number(number) - 1}&limit=1`;
  const { value, problem } = useFetch<List<Row>>(isNumber ? path : null);
  return { row: value?.data[0], problem, isLoading: isNumber && !value && !problem };
}
