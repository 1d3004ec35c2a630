// The nets of an ensemble: how far each is, and the choice of the one that is shown.
import type { Job } from "../api/shapes";
import { formatCount, formatNumber, toWords } from "../shell/format";
import { route, hrefFor } from "../shell/route";
import { chooseNet } from "./netChoice";

export function Ensemble({ job }: { job: Job }) {
  if (!job.nets) return null;
  const chosen = chooseNet();
  const { path, query } = route.value;
  return (
    <section class="card ensemble" aria-labelledby="ensemble">
      <h2 id="ensemble">Ensemble of {job.nets.length} nets</h2>
      <p class="muted">
        Each net is validated on rows that it does not learn from. The model's prediction is the mean of what all of them
        predict. Choose the net that is shown.
      </p>
      <nav class="nets" aria-label="Nets of the ensemble">
        {job.nets.map(({ net, status, epoch, best }) => (
          <a
            key={net}
            href={hrefFor(path, { ...Object.fromEntries(query), net: net === 1 ? null : String(net), epoch: null })}
            aria-current={net === chosen ? "true" : undefined}
            data-status={status}
          >
            <b>Net {net}</b>
            <span>{status === "succeeded" ? "trained" : toWords(status)}</span>
            <span>{epoch ? `epoch ${formatCount(epoch)}` : "–"}</span>
            <span>{best?.validation_loss == null ? "" : `best loss ${formatNumber(best.validation_loss)}`}</span>
          </a>
        ))}
      </nav>
    </section>
  );
}
