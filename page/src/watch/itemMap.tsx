// Map of item embeddings while they are learned: items that the same users like come to lie close together.
import { useMemo, useRef } from "preact/hooks";
import { encodeSegment } from "../api/client";
import type { Job, JobItemMap, ModelItemMap } from "../api/shapes";
import { useFetch } from "../api/useFetch";
import { useRefetch } from "../api/useRefetch";
import { alignMap, type Point } from "../items/alignMap";
import { ColourChoice, ColourLegend, colourValues, columnQuery } from "../items/mapColours";
import { MapCanvas } from "../items/mapCanvas";
import { formatCount, formatPercent } from "../shell/format";
import { ErrorNotice } from "../shell/notices";
import type { EpochCursor } from "./epochCursor";
import type { JobStore } from "./jobStore";

export function ItemMap({ job, store, cursor }: { job: Job; store: JobStore; cursor: EpochCursor }) {
  void store.version.value;
  const epoch = cursor.epoch.value;
  const hasStarted = job.baselines !== null || job.progress.epoch > 0 || store.shown.newestEpoch !== undefined;
  const { value: kept, problem } = useRefetch<JobItemMap>(
    hasStarted ? `/v1/jobs/${encodeSegment(job.id)}/item-map?epoch=${epoch ?? "latest"}${columnQuery()}` : null,
    epoch !== null ? "" : `${job.status} ${store.shown.newestEpoch?.epoch}`,
    job.status === "running",
  );
  // of a large net no weights are kept while it trains, and only the model has a map
  const isMissing = problem !== undefined && !kept && job.model_id !== null;
  const final = useFetch<ModelItemMap>(isMissing ? `/v1/models/${encodeSegment(job.model_id ?? "")}/item-map?limit=500${columnQuery()}` : null).value;
  const map = kept ?? final;
  const moment = kept ? (kept.epoch ? `after epoch ${kept.epoch}` : "before the first epoch") : "of the trained model";
  const before = useRef<Point[]>([]);
  const points = useMemo(() => (before.current = alignMap(map?.items ?? [], before.current)) as NonNullable<typeof map>["items"], [map]);
  const colours = useMemo(() => (map ? colourValues(map) : new Map<string, string>()), [map]);
  if (!map && !problem) return null;
  return (
    <section class="card items" aria-labelledby="item-map">
      <header>
        <h2 id="item-map">Item embeddings</h2>
        {map && <ColourChoice columns={map.columns} />}
        {map && <span class="muted">{moment}</span>}
      </header>
      {map ? (
        <>
          <MapCanvas points={points} colours={colours} label={`Map of ${describeItems(map)} ${moment}. Arrow keys lead from one to the next.`} />
          <ColourLegend colours={colours} map={map} />
          <p class="muted">
            Each point is one of {describeItems(map)}; those that the same users like come to lie close together. The two principal components
            show {formatPercent(map.explained_share)} of the variance of their vectors.
          </p>
        </>
      ) : (
        problem && <ErrorNotice problem={problem} />
      )}
    </section>
  );
}

/** How many items a map shows. */
export const describeItems = ({ items, total }: { items: unknown[]; total: number }): string =>
  items.length < total ? `the ${formatCount(items.length)} items of most rows, of ${formatCount(total)}` : `${formatCount(total)} items`;
