// The row as numbers, the error, and the step: the parts of the tour that concern the whole net.
import type { Trace } from "../api/shapes";
import { formatNumber, formatPercent, toWords } from "../shell/format";
import { selectNeuron } from "./neuron";

const MAX_INPUTS_SHOWN = 12;

export function EncodingStep({ trace, target }: { trace: Trace; target: string }) {
  const cells = Object.entries(trace.row).filter(([name]) => name !== target);
  return (
    <>
      <p>
        A net knows numbers only. So each column becomes one or more: numbers are centred and scaled, each category gets a
        place of its own, and what is missing gets a flag.
      </p>
      <table>
        <tbody>
          {cells.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{value == null ? "missing" : String(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="muted">becomes</p>
      <ul class="numbers">
        {trace.encoded.slice(0, MAX_INPUTS_SHOWN).map(({ name, value }) => (
          <li key={name}>
            <span class="muted">{name}</span> <b>{formatNumber(value, 3)}</b>
          </li>
        ))}
        {trace.encoded.length > MAX_INPUTS_SHOWN && <li class="muted">and {trace.encoded.length - MAX_INPUTS_SHOWN} more</li>}
      </ul>
    </>
  );
}

export function LossStep({ trace, target }: { trace: Trace; target: string }) {
  const { prediction, expected } = trace;
  const probability = prediction.probabilities?.[String(expected)];
  return (
    <>
      <div class="comparison">
        <div>
          <span class="muted">it said</span>
          <b>{prediction.label ?? formatNumber(prediction.value)}</b>
        </div>
        <div>
          <span class="muted">{target} is</span>
          <b>{typeof expected === "number" ? formatNumber(expected) : String(expected)}</b>
        </div>
        <div>
          <span class="muted">loss</span>
          <b class="amber">{formatNumber(trace.loss, 4)}</b>
        </div>
      </div>
      <p>
        {probability === undefined
          ? `It is off by ${formatNumber((prediction.value ?? 0) - Number(expected))}.`
          : `It gave ${formatPercent(probability, 1)} to ${String(expected)}, which is right.`}{" "}
        The loss says how wrong that is in one number ({toWords(trace.loss_name)}), and learning means: make it smaller. It is
        measured in the net's own units, in which the target is {formatNumber(trace.target, 3)}.
      </p>
    </>
  );
}

export function UpdateStep({ trace }: { trace: Trace }) {
  const { update } = trace;
  const { terms } = selectNeuron(trace);
  const isLower = (update.loss_after ?? Infinity) <= (trace.loss ?? Infinity);
  return (
    <>
      <p>
        Every weight moves a little against its gradient: by the gradient times the learning rate, {formatNumber(update.learning_rate)}
        . Shown is the plain step; {update.optimizer} sizes it for each weight.
      </p>
      <table class="terms">
        <thead>
          <tr>
            <th scope="col">Weight of</th>
            <th scope="col">was</th>
            <th scope="col">gradient</th>
            <th scope="col">becomes</th>
          </tr>
        </thead>
        <tbody>
          {terms.map((term) => (
            <tr key={term.name}>
              <th scope="row">{term.name}</th>
              <td class="number">{formatNumber(term.weight, 5)}</td>
              <td class="number">{formatNumber(term.gradient, 3)}</td>
              <td class="number">{formatNumber(term.weight - update.learning_rate * term.gradient, 5)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="comparison">
        <div>
          <span class="muted">loss before</span>
          <b class="amber">{formatNumber(trace.loss, 5)}</b>
        </div>
        <div>
          <span class="muted">after this one step</span>
          <b class={isLower ? "blue" : "amber"}>{formatNumber(update.loss_after, 5)}</b>
        </div>
      </div>
      <p>
        {isLower
          ? "A little less wrong. The same for every batch of rows, epoch after epoch: that is all that learning is."
          : "This step went too far for this row: the learning rate is large for it. Over many rows such leaps must even out."}
      </p>
    </>
  );
}
