// Coverage: how often intervals and sets held what came true, at several levels.
import type { Evaluation } from "../api/shapes";
import { Term } from "../help/term";
import { formatNumber, formatPercent, formatRows, shorten } from "../shell/format";

export function Coverage({ coverage, rows, isOfClasses }: { coverage: NonNullable<Evaluation["coverage"]>; rows: number; isOfClasses: boolean }) {
  const hasTargets = coverage.some(({ target }) => target !== null);
  return (
    <section class="card" aria-labelledby="coverage">
      <header>
        <h3 id="coverage">
          <Term name={isOfClasses ? "prediction set" : "prediction interval"}>{isOfClasses ? "Sets" : "Intervals"}</Term>: do they hold what they promise?
        </h3>
        <span class="muted">{formatRows(rows)}</span>
      </header>
      <table class="metrics">
        <thead>
          <tr>
            {hasTargets && <th scope="col">Target</th>}
            <th scope="col">Promised</th>
            <th scope="col">Measured</th>
            <th scope="col">{isOfClasses ? "Classes in the set" : "Mean width"}</th>
          </tr>
        </thead>
        <tbody>
          {coverage.map(({ target, promised, measured, mean_size }) => (
            <tr key={`${promised} ${target}`}>
              {hasTargets && (
                <td>
                  <bdi title={target ?? ""}>{shorten(target ?? "", 24)}</bdi>
                </td>
              )}
              <td class="number">{formatPercent(promised)}</td>
              <td class="number">{formatPercent(measured, 1)}</td>
              <td class="number">{formatNumber(mean_size, isOfClasses ? 3 : 4)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="muted">Predict with ?interval=0.9 for {isOfClasses ? "a set of classes" : "an interval"} with a promise; here it is measured.</p>
    </section>
  );
}
