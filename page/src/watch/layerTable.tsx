// Statistics of each layer at the cursor's epoch, or the last recorded before: gradient norm, weight norm, update ratio, dead and saturated neurons.
import { useComputed } from "@preact/signals";
import { formatNumber, formatShare } from "../shell/format";
import { GradientChart } from "./gradientChart";
import type { EpochCursor } from "./epochCursor";
import type { JobStore } from "./jobStore";
import { Term } from "../help/term";

export function LayerTable({ store, cursor }: { store: JobStore; cursor: EpochCursor }) {
  void store.version.value;
  const { layerStats } = store.shown;
  // only the place counts, so that a replay draws the table as often as there are statistics
  const place = useComputed(() => {
    void store.version.value;
    const epoch = cursor.epoch.value;
    const { layerStats } = store.shown;
    return epoch === null ? layerStats.length - 1 : Math.max(layerStats.findLastIndex((one) => one.epoch <= epoch), 0);
  });
  const stats = layerStats[place.value];
  if (!stats) return null;
  const last = stats.layers.length;
  return (
    <section class="card layer-stats" aria-labelledby="inside">
      <header>
        <h2 id="inside">Inside the layers</h2>
        <span class="muted">after epoch {stats.epoch}</span>
      </header>
      <GradientChart store={store} cursor={cursor} />
      <div class="scroll" tabIndex={0} role="region" aria-label="Layer statistics">
        <table>
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col">
                <Term>Gradient norm</Term>
              </th>
              <th scope="col">
                <Term>Weight norm</Term>
              </th>
              <th scope="col">
                <Term>Update ratio</Term>
              </th>
              <th scope="col">
                <Term>Dead neurons</Term>
              </th>
              <th scope="col">
                <Term name="saturated neuron">Saturated</Term>
              </th>
              <th scope="col">
                Output (mean ± sd)
              </th>
            </tr>
          </thead>
          <tbody>
            {stats.layers.map((layer) => (
              <tr key={layer.layer}>
                <th scope="row">
                  {layer.layer === last ? "output" : layer.layer}{" "}
                  <span class="muted">
                    {layer.units} {layer.type === "conv" ? "filters, " : ""}{layer.activation}
                  </span>
                </th>
                <td class="number">{formatNumber(layer.gradient_norm, 3)}</td>
                <td class="number">{formatNumber(layer.weight_norm, 3)}</td>
                <td class="number">{formatNumber(layer.update_ratio, 2)}</td>
                <td class={`number ${(layer.dead_share ?? 0) > 0.3 ? "caution" : ""}`}>{formatShare(layer.dead_share)}</td>
                <td class={`number ${(layer.saturated_share ?? 0) > 0.3 ? "caution" : ""}`}>{formatShare(layer.saturated_share)}</td>
                <td class="number">
                  {formatNumber(layer.activation_mean, 2)} ± {formatNumber(layer.activation_std, 2)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
