// Recommended items, the best first: the rating that is expected, or how probable it is that it is chosen, and why.
import type { Items, Recommendations } from "../api/shapes";
import { formatNumber, formatPercent } from "../shell/format";

interface Props {
  found: Recommendations;
  ratings: Items["ratings"];
  /** Why an item is recommended to somebody who chose nothing like it. */
  otherwise: string;
  /** Adds an item to what is liked. */
  onAdd: ((name: string) => void) | undefined;
}

export function RecommendationList({ found, ratings, otherwise, onAdd }: Props) {
  const most = Math.max(...found.items.map(({ score }) => score), 1e-12);
  const shareOf = (score: number): number => (ratings ? (score - ratings.minimum) / (ratings.maximum - ratings.minimum || 1) : score / most);
  return (
    <section class="card recommendations" aria-labelledby="recommended">
      <header>
        <h2 id="recommended">Recommendations</h2>
        <span class="muted">{ratings ? "expected rating" : "probability of being chosen"}</span>
      </header>
      {!found.items.length && <p class="muted">No item is left: change the filters, or pick fewer.</p>}
      <ol>
        {found.items.map(({ item, score, reasons }) => (
          <li key={item}>
            <strong class="item">
              <bdi title={item}>{item}</bdi>
            </strong>
            <span class="number">{ratings ? formatNumber(score, 3) : formatPercent(score, 1)}</span>
            <span class="track" aria-hidden="true">
              <span class="bar" style={{ width: `${Math.min(Math.max(shareOf(score), 0), 1) * 100}%` }} />
            </span>
            {onAdd && (
              <button class="small" aria-label={`I like ${item} too`} onClick={() => onAdd(item)}>
                I like it
              </button>
            )}
            <p class="muted why">
              {reasons.length === 0 ? otherwise : "similar to "}
              {reasons.map((reason, n) => (
                <span key={reason.item}>
                  {n > 0 && ", "}
                  <bdi class="clip" title={`${reason.item}: similarity ${formatNumber(reason.similarity, 2)}`}>
                    {reason.item}
                  </bdi>
                </span>
              ))}
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}
