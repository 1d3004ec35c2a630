// Drift of a model's columns and predictions: a test with a threshold, and the distributions in training and recently.
import type { ColumnDrift, Monitoring } from "../api/shapes";
import { Term } from "../help/term";
import { formatNumber, formatPercent, formatRows, shorten } from "../shell/format";
import { route, setQuery } from "../shell/route";

const MAX_COLUMNS_SHOWN = 30;

export function Drift({ monitoring }: { monitoring: Monitoring }) {
  const { drift, test, recent_rows, reference_rows, unavailable } = monitoring;
  const count = drift.filter(({ has_drifted }) => has_drifted).length;
  const chosen = route.value.query.get("drift");
  const selected = drift.find((each) => keyOf(each) === chosen) ?? drift[0];
  return (
    <>
      <section class="card" aria-labelledby="drift">
        <header>
          <h3 id="drift">
            <Term>Drift</Term>
          </h3>
          <span class="muted">
            {unavailable ?? `the newest ${formatRows(recent_rows)} beside ${formatRows(reference_rows ?? 0)} of the training rows`}
          </span>
        </header>
        {!unavailable && recent_rows < test.min_rows && <p class="muted">With fewer than {test.min_rows} predictions nothing can be said.</p>}
        {recent_rows >= test.min_rows && (
          <p role="status" class={count ? "caution" : "muted"}>
            {count ? `${count} of ${drift.length} have drifted.` : "Nothing has drifted."}
          </p>
        )}
        <div class="scroll" tabIndex={0} role="region" aria-label="Drift of each column">
          <table>
            <thead>
              <tr>
                <th scope="col">Column</th>
                <th scope="col">
                  <Term>PSI</Term>
                </th>
                <th scope="col">Threshold</th>
                <th scope="col">Drift</th>
              </tr>
            </thead>
            <tbody>
              {drift.slice(0, MAX_COLUMNS_SHOWN).map((each) => (
                <tr key={keyOf(each)}>
                  <th scope="row">
                    <button class="quiet small" aria-pressed={each === selected} title={each.column} onClick={() => setQuery({ drift: keyOf(each) })}>
                      <bdi>{shorten(each.column, 24)}</bdi>
                    </button>{" "}
                    <span class="muted">{describeKind(each)}</span>
                  </th>
                  <td class="number">{each.psi === null ? "–" : formatNumber(each.psi, 3)}</td>
                  <td class="number">{each.threshold === null ? "–" : formatNumber(each.threshold, 3)}</td>
                  <td>{each.psi === null ? "too few rows" : each.has_drifted ? <b>yes</b> : "no"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {drift.length > MAX_COLUMNS_SHOWN && <p class="muted">The first {MAX_COLUMNS_SHOWN} of {drift.length}.</p>}
      </section>
      {selected && <Distributions drift={selected} />}
    </>
  );
}

const keyOf = ({ kind, column }: ColumnDrift): string => `${kind}:${column}`;

const describeKind = ({ kind, statistic }: ColumnDrift): string =>
  kind === "output" ? "predicted" : statistic === "length" ? "length in characters" : statistic === "typicality" ? "how usual pictures are" : "";

/** The shares of a column's bins, in training and recently. */
function Distributions({ drift }: { drift: ColumnDrift }) {
  const shown = drift.bins.filter(({ reference, recent }) => reference > 0 || (recent ?? 0) > 0);
  const most = Math.max(...shown.flatMap(({ reference, recent }) => [reference, recent ?? 0]), 1e-9);
  return (
    <section class="card" aria-labelledby="distributions">
      <header>
        <h3 id="distributions">
          <bdi title={drift.column}>{shorten(drift.column, 40)}</bdi>
        </h3>
        <span class="muted">
          <span class="swatch before" aria-hidden="true" /> training <span class="swatch after" aria-hidden="true" /> recently
        </span>
      </header>
      <ul class="distributions">
        {shown.map((bin) => (
          <li key={describeBin(bin, drift)}>
            <span class="value" title={describeBin(bin, drift)}>
              <bdi>{shorten(describeBin(bin, drift), 28)}</bdi>
            </span>
            <span class="pair" aria-hidden="true">
              <span class="bar before" style={{ width: `${(bin.reference / most) * 100}%` }} />
              <span class="bar after" style={{ width: `${((bin.recent ?? 0) / most) * 100}%` }} />
            </span>
            <span class="muted number">
              {formatPercent(bin.reference)} → {bin.recent === null ? "–" : formatPercent(bin.recent)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function describeBin({ label, above, up_to, is_missing }: ColumnDrift["bins"][number], { type, bins }: ColumnDrift): string {
  if (is_missing) return "missing";
  const isOfLabels = type === "categorical" || type === "boolean" || bins.some((bin) => bin.label !== null);
  if (isOfLabels) return label ?? "all others";
  if (above === null && up_to === null) return "any";
  if (above === null) return `up to ${formatNumber(up_to, 4)}`;
  return up_to === null ? `above ${formatNumber(above, 4)}` : `${formatNumber(above, 4)} to ${formatNumber(up_to, 4)}`;
}
