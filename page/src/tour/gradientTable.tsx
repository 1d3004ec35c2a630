// How far the gradient reaches back into layers, and how large a step of training is for each.
import { formatNumber } from "../shell/format";

interface Props {
  /** What the layers are, as the heading of their column. */
  heading: string;
  label: string;
  layers: { name: string; detail?: string; gradient: number | null; weights: number | null }[];
  learningRate: number;
}

export function GradientTable({ heading, label, layers, learningRate }: Props) {
  return (
    <div class="scroll high" tabIndex={0} role="region" aria-label={label}>
      <table class="terms">
        <thead>
          <tr>
            <th scope="col">{heading}</th>
            <th scope="col">gradient norm</th>
            <th scope="col">weight norm</th>
            <th scope="col">step / weights</th>
          </tr>
        </thead>
        <tbody>
          {layers.map(({ name, detail, gradient, weights }, n) => (
            <tr key={n}>
              <th scope="row">
                {name} {detail && <span class="muted">{detail}</span>}
              </th>
              <td class="number">{formatNumber(gradient, 3)}</td>
              <td class="number">{formatNumber(weights, 3)}</td>
              <td class="number">{weights && gradient !== null ? formatNumber((learningRate * gradient) / weights, 3) : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
