// Which inputs pushed a prediction up or down, and how far, from what the model says of an average row.
import type { Explanation } from "../api/insight";
import type { Model } from "../api/shapes";
import { figure } from "../shell/figures";

const SHOWN = 10;

export function Pushes({ model, explanation }: { model: Model; explanation: Explanation }) {
  const pushes = explanation.contributions.slice(0, SHOWN);
  const strongest = Math.max(...pushes.map((push) => Math.abs(push.contribution)), 1e-12);
  const of = explanation.label ? `how likely ${explanation.label} is` : model.target;
  return (
    <section class="card pushes" aria-labelledby="pushes">
      <header>
        <h2 id="pushes">What pushed it</h2>
        <span class="soft">
          {of}: from {figure(explanation.baseline_output, 3)} for an average row to {figure(explanation.output, 3)}
        </span>
      </header>
      <ul>
        {pushes.map(({ column, value, contribution }) => (
          <li key={column}>
            <span class="value">
              {column} <span class="soft">{value == null ? "not known" : String(value)}</span>
            </span>
            <span class="scale" aria-hidden="true">
              <span
                class={contribution < 0 ? "down" : "up"}
                style={{ width: `${(Math.abs(contribution) / strongest) * 50}%` }}
              />
            </span>
            <span class="number">
              {contribution > 0 ? "+" : ""}
              {figure(contribution, 3)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
