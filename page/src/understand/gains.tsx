// Gain and lift: how many rows of a class are found among those that are most probably of it.
import { Term } from "../help/term";
import { formatCount, formatPercent, formatShare } from "../shell/format";
import type { ThresholdTable } from "./thresholdCosts";

export function Gains({ table: { label, positives, gains } }: { table: ThresholdTable }) {
  if (positives === 0) return null;
  return (
    <section class="card" aria-labelledby="gains">
      <header>
        <h3 id="gains">
          <Term>Gain</Term> and <Term>lift</Term>
        </h3>
        <span class="muted">rows by the probability of “{label}”, the highest first</span>
      </header>
      <table class="gains">
        <thead>
          <tr>
            <th scope="col">Top</th>
            <th scope="col">Rows</th>
            <th scope="col">Found of “{label}”</th>
            <th scope="col">Lift</th>
          </tr>
        </thead>
        <tbody>
          {gains.map(({ share, rows, positives: found }) => (
            <tr key={share}>
              <th scope="row">{formatPercent(share)}</th>
              <td class="number">{formatCount(rows)}</td>
              <td class="number" style={{ "--share": String(found / positives) }}>
                {formatShare(found / positives)}
              </td>
              <td class="number">{(found / positives / share).toFixed(2)}×</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
