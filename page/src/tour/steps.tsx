// Steps that concern the whole net: encoding, loss and weight update.
import type { Trace } from "../api/shapes";
import { LOSSES } from "../api/choices";
import { formatNumber, formatPercent, toWords } from "../shell/format";
import { selectNeuron } from "./neuron";

const MAX_INPUTS_SHOWN = 12;

export function EncodingStep({ trace, target }: { trace: Trace; target: string }) {
  const cells = Object.entries(trace.row).filter(([name]) => name !== target);
  return (
    <>
      <p>
        A net only takes numbers, so every column is encoded: numbers are centred and scaled, each category becomes an input
        of its own (one-hot), and a missing value sets a flag.
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
      <p class="muted">is encoded as</p>
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
          <span class="muted">prediction</span>
          <b>{prediction.label ?? formatNumber(prediction.value)}</b>
        </div>
        <div>
          <span class="muted">actual {target}</span>
          <b>{typeof expected === "number" ? formatNumber(expected) : String(expected)}</b>
        </div>
        <div>
          <span class="muted">loss</span>
          <b class="amber">{formatNumber(trace.loss, 4)}</b>
        </div>
      </div>
      <p>
        {probability === undefined
          ? `The residual, actual minus predicted, is ${formatNumber(Number(expected) - (prediction.value ?? 0))}.`
          : `It gave the correct answer, ${String(expected)}, a probability of ${formatPercent(probability, 1)}.`}{" "}
        The loss says in one number how wrong that is; training makes it smaller.
        {probability === undefined &&
          ` It is measured in standardised units, in which the target is ${formatNumber(trace.target, 3)}.`}
      </p>
      <p class="muted">
        <strong>{toWords(trace.loss_name)}</strong> {LOSSES[trace.loss_name]}
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
        Every weight moves a small step against its gradient: the gradient times the learning rate,{" "}
        {formatNumber(update.learning_rate)}. The table shows this plain step; {update.optimizer} scales it for each weight.
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
              <td class="number">{formatNumber(term.weight, 7)}</td>
              <td class="number">{formatNumber(term.gradient, 3)}</td>
              <td class="number">{formatNumber(term.weight - update.learning_rate * term.gradient, 7)}</td>
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
          <span class="muted">loss after this step</span>
          <b class={isLower ? "blue" : "amber"}>{formatNumber(update.loss_after, 5)}</b>
        </div>
      </div>
      <p>
        {isLower
          ? "The loss is lower. Training repeats this for every batch of rows, epoch after epoch."
          : "The loss is higher: for this row the step was too large. Over many rows such steps must average out."}
      </p>
    </>
  );
}
