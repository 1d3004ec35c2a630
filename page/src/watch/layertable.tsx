// What goes on in each layer, as last looked at: how strongly it is pulled, how far it moves, who is silent.
import { figure, percent } from "../shell/figures";
import { LayerCurves } from "./layercurves";
import type { Story } from "./story";

export function LayerTable({ story }: { story: Story }) {
  void story.version.value;
  const watched = story.watched.at(-1);
  if (!watched) return null;
  const last = watched.layers.length;
  return (
    <section class="card inside" aria-labelledby="inside">
      <header>
        <h2 id="inside">Inside the layers</h2>
        <span class="soft">after epoch {watched.epoch}</span>
      </header>
      <LayerCurves story={story} />
      <div class="scroll" tabIndex={0} role="region" aria-labelledby="inside">
        <table>
          <thead>
            <tr>
              <th scope="col">Layer</th>
              <th scope="col" title="How strongly the error pulls at its weights">
                Gradient
              </th>
              <th scope="col" title="How long the vector of its weights is">
                Weights
              </th>
              <th scope="col" title="How far one step moves the weights; about 0.001 is healthy">
                Step
              </th>
              <th scope="col" title="Neurons that answer nothing to any row looked at">
                Dead
              </th>
              <th scope="col" title="Neurons pushed to the flat ends of their activation">
                Saturated
              </th>
              <th scope="col" title="Mean and spread of what its neurons say">
                Says
              </th>
            </tr>
          </thead>
          <tbody>
            {watched.layers.map((layer) => (
              <tr key={layer.layer}>
                <th scope="row">
                  {layer.layer === last ? "output" : layer.layer}{" "}
                  <span class="soft">
                    {layer.units} {layer.activation}
                  </span>
                </th>
                <td class="number">{figure(layer.gradient_norm, 3)}</td>
                <td class="number">{figure(layer.weight_norm, 3)}</td>
                <td class="number">{figure(layer.update_ratio, 2)}</td>
                <td class={`number ${(layer.dead_share ?? 0) > 0.3 ? "odd" : ""}`}>{share(layer.dead_share)}</td>
                <td class={`number ${(layer.saturated_share ?? 0) > 0.3 ? "odd" : ""}`}>{share(layer.saturated_share)}</td>
                <td class="number">
                  {figure(layer.activation_mean, 2)} ± {figure(layer.activation_std, 2)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const share = (of: number | null): string => (of == null ? "–" : percent(of));
