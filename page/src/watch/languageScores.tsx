// How well a net writes so far: loss per token, perplexity, bits per character and accuracy, beside baselines.
import type { Job, Metrics } from "../api/shapes";
import { formatMetric, formatNumber } from "../shell/format";
import type { JobStore } from "./jobStore";
import { findScore } from "./languageScore";

const ROWS = [
  ["loss", "Loss per token", "nats"],
  ["perplexity", "Perplexity", "as if between so many equally likely tokens"],
  ["bits_per_character", "Bits per character", ""],
  ["accuracy", "Accuracy", "its first guess is the next token"],
] as const;

export function LanguageScores({ job, store }: { job: Job; store: JobStore }) {
  void store.version.value;
  const net = store.shown.newestEpoch?.metrics ?? job.latest?.metrics ?? {};
  const { naive, linear } = job.baselines ?? {};
  if (!naive || !linear) return null;
  const mixture = takeMixture(net);
  return (
    <section class="card language-scores" aria-labelledby="language-scores">
      <header>
        <h2 id="language-scores">On text that it has not seen</h2>
        <span class="muted">{store.shown.newestEpoch ? `after epoch ${store.shown.newestEpoch.epoch}` : "before the first epoch"}</span>
      </header>
      <p>{compare(net, linear.metrics)}</p>
      <div class="scroll" tabIndex={0} role="region" aria-label="The net beside baselines">
        <table class="metrics">
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <th scope="col">The net</th>
              {mixture && <th scope="col">Net and 5-gram mixed</th>}
              <th scope="col">A 5-gram</th>
              <th scope="col">By frequency</th>
            </tr>
          </thead>
          <tbody>
            {ROWS.map(([name, title, words]) => (
              <tr key={name}>
                <th scope="row">
                  {title} {words && <span class="muted">{words}</span>}
                </th>
                <td class="number">
                  <b>{format(name, net)}</b>
                </td>
                {mixture && <td class="number">{format(name, mixture)}</td>}
                <td class="number muted">{format(name, linear.metrics)}</td>
                <td class="number muted">{format(name, naive.metrics)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="muted">A 5-gram counts which token followed the same four tokens before; by frequency, each token is as probable as it is common.
        {mixture && " Mixed with the 5-gram, the net writes with what both expect."}</p>
    </section>
  );
}

const format = (name: string, metrics: Metrics): string => (name === "loss" ? formatNumber(findScore(metrics, name)) : formatMetric(name, metrics[name]));

/** What the net and the 5-gram reach together; undefined where they are not mixed. */
function takeMixture(metrics: Metrics): Metrics | undefined {
  if (metrics.mixed_perplexity == null) return undefined;
  return { perplexity: metrics.mixed_perplexity, bits_per_character: metrics.mixed_bits_per_character ?? null };
}

/** Whether the net is better than the 5-gram, in a sentence. */
function compare(net: Metrics, ngrams: Metrics): string {
  const [own, other] = [findScore(net, "loss"), findScore(ngrams, "loss")];
  if (own === null || other === null) return "The net is compared after its first epoch.";
  const numbers = `${formatNumber(own, 3)} against ${formatNumber(other, 3)} nats a token`;
  return own < other ? `Better than a 5-gram: ${numbers}.` : `Not yet better than a 5-gram: ${numbers}.`;
}
