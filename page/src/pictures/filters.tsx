// Filters of the first layer, as pictures of their weights, after each epoch that is kept.
import { encodeSegment } from "../api/client";
import type { Job, JobFilters, ModelFilters } from "../api/shapes";
import { useFetch } from "../api/useFetch";
import { useRefetch } from "../api/useRefetch";
import { formatCount } from "../shell/format";
import type { EpochCursor } from "../watch/epochCursor";
import type { JobStore } from "../watch/jobStore";

export function Filters({ job, store, cursor }: { job: Job; store: JobStore; cursor: EpochCursor }) {
  void store.version.value;
  const epoch = cursor.epoch.value;
  const hasStarted = job.baselines !== null || job.progress.epoch > 0 || store.shown.newestEpoch !== undefined;
  const { value: kept, problem } = useRefetch<JobFilters>(
    hasStarted ? `/v1/jobs/${encodeSegment(job.id)}/filters?epoch=${epoch ?? "latest"}` : null,
    epoch !== null ? "" : `${job.status} ${store.shown.newestEpoch?.epoch}`,
    job.status === "running",
  );
  // of a large net no weights are kept while it trains, and only the model has filters
  const isMissing = problem !== undefined && !kept && job.model_id !== null;
  const final = useFetch<ModelFilters>(isMissing ? `/v1/models/${encodeSegment(job.model_id ?? "")}/filters` : null).value;
  const filters = kept ?? final;
  if (!filters) return null;
  const moment = kept ? (kept.epoch ? `after epoch ${kept.epoch}` : "before the first epoch") : "of the trained model";
  const { count, height, width, channels } = filters;
  const size = `${height} × ${width}`;
  return (
    <section class="card filters" aria-labelledby="filters">
      <header>
        <h2 id="filters">{filters.type === "conv" ? "First-layer filters" : "First-layer weights"}</h2>
        <span class="muted">{moment}</span>
      </header>
      <div class="tile-pictures" role="img" aria-label={`${filters.filters.length} filters of ${size} weights, as pictures, ${moment}.`}>
        {filters.filters.map((picture, place) => (
          <img key={place} class="pixels" src={picture} alt="" title={`filter ${place + 1}`} />
        ))}
      </div>
      <p class="muted">
        {filters.type === "conv" ? (
          <>
            Each filter looks for its pattern of {size} pixels at every place of a picture: they begin as noise, and become edges,
            spots and colours.
          </>
        ) : (
          <>The weights of each neuron for the pixels of a picture of {size}.</>
        )}{" "}
        {channels === 1 ? "Light weights are positive, dark ones negative." : "Colours are those that it answers to; grey is none."}
        {filters.filters.length < count && ` The first ${filters.filters.length} of ${formatCount(count)} are shown.`}
      </p>
    </section>
  );
}
