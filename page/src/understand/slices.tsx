// Slices: where the net is worse than elsewhere, by the values and ranges of each column.
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import type { Slice, Slices } from "../api/shapes";
import { Term } from "../help/term";
import { formatCell, formatCount, formatMetric, formatNumber, formatRows, isShare, toWords } from "../shell/format";
import { ErrorNotice } from "../shell/notices";
import { route, setQuery } from "../shell/route";
import { formatBounds, formatDifference, formatInterval } from "./intervals";
import type { HeldOutPart } from "./evaluation";

const MAX_SHOWN = 8;
const MAX_FETCHED = 100;
const NOT_KEPT = 409;

const RESULTS: Record<Slice["result"], string> = { worse: "worse", better: "better", tie: "no clear difference" };

export function SliceView({ model, split }: { model: string; split: HeldOutPart }) {
  const { value, problem, refetch } = useFetch<Slices>(`/v1/models/${encodeSegment(model)}/slices?split=${split}&limit=${MAX_FETCHED}`);
  if (problem?.status === NOT_KEPT) return null; // a model of an older version, or of too few rows
  if (problem) return <ErrorNotice problem={problem} retry={refetch} />;
  if (!value || value.data.length === 0) return null;
  const isAll = route.value.query.has("slices");
  const worse = value.data.filter(({ result }) => result === "worse").length;
  return (
    <section aria-labelledby="slices">
      <header class="heading">
        <h2 id="slices">
          <Term name="slice">Slices</Term>: where is it worse?
        </h2>
        <span class="muted">
          {toWords(value.metric)} on each value or range of a column, beside all other held-out rows ({formatRows(value.rows)})
        </span>
      </header>
      <p>{describe(worse, value.compared)}</p>
      <div class="scroll card" tabIndex={0} role="region" aria-label="Slices, row by row">
        <table class="slices">
          <thead>
            <tr>
              <th scope="col">Column</th>
              <th scope="col">Value</th>
              <th scope="col">Rows</th>
              <th scope="col">
                <Term>{toWords(value.metric)}</Term>
              </th>
              <th scope="col">Elsewhere</th>
              <th scope="col">Difference</th>
              <th scope="col">Result</th>
            </tr>
          </thead>
          <tbody>
            {value.data.slice(0, isAll ? MAX_FETCHED : MAX_SHOWN).map((slice) => (
              <tr key={`${slice.column} ${slice.value} ${slice.start}`}>
                <th scope="row">
                  <bdi class="clip" title={slice.column}>
                    {slice.column}
                  </bdi>
                </th>
                <td>
                  <bdi class="clip" title={describeValue(slice)}>
                    {describeValue(slice)}
                  </bdi>
                </td>
                <td class="number">{formatCount(slice.rows)}</td>
                <td class="number">
                  {formatMetric(value.metric, slice.score)}
                  <small>{formatInterval(value.metric, slice.interval)}</small>
                </td>
                <td class="number muted">{formatMetric(value.metric, slice.rest)}</td>
                <td class="number">
                  {formatDifference(value.metric, slice.difference)}
                  {isShare(value.metric) && " pp"}
                  <small>{formatBounds(value.metric, slice)}</small>
                </td>
                <td>
                  <b class={`result ${slice.result}`}>{RESULTS[slice.result]}</b>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {value.data.length > MAX_SHOWN && (
        <button class="small more" onClick={() => setQuery({ slices: isAll ? null : "all" })}>
          {isAll ? "Show fewer" : `Show all ${value.data.length}`}
        </button>
      )}
    </section>
  );
}

const describe = (worse: number, compared: number): string =>
  `${worse === 0 ? "None is worse beyond chance" : worse === 1 ? "One is worse beyond chance" : `${formatCount(worse)} are worse beyond chance`}, of ` +
  `${formatCount(compared)} that were compared: the intervals of all differences hold together (Bonferroni), as of many looks some find a difference by chance.`;

function describeValue({ kind, value, start, stop }: Slice): string {
  if (kind === "missing") return "missing";
  if (kind === "value") return value ?? "";
  const [from, to] = [start, stop].map((end) => (typeof end === "number" ? formatNumber(end) : formatCell(end)));
  return from === to ? `${from}` : `${from} to ${to}`;
}
