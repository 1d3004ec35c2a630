// The row as numbers, the error, and the step: the parts of the tour that concern the whole net.
import type { Trace } from "../api/insight";
import { figure, percent, words } from "../shell/figures";
import { chosen } from "./neuron";

const SHOWN = 12;

export function Encoded({ trace, target }: { trace: Trace; target: string }) {
  const given = Object.entries(trace.row).filter(([name]) => name !== target);
  return (
    <>
      <p>
        A net knows numbers only. So each column becomes one or more: numbers are centred and scaled, each category gets a
        place of its own, and what is missing gets a flag.
      </p>
      <table>
        <tbody>
          {given.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{value == null ? "missing" : String(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="soft">becomes</p>
      <ul class="numbers">
        {trace.encoded.slice(0, SHOWN).map(({ name, value }) => (
          <li key={name}>
            <span class="soft">{name}</span> <b>{figure(value, 3)}</b>
          </li>
        ))}
        {trace.encoded.length > SHOWN && <li class="soft">and {trace.encoded.length - SHOWN} more</li>}
      </ul>
    </>
  );
}

export function Feedback({ trace, target }: { trace: Trace; target: string }) {
  const { prediction, expected } = trace;
  const share = prediction.probabilities?.[String(expected)];
  return (
    <>
      <div class="versus">
        <div>
          <span class="soft">it said</span>
          <b>{prediction.label ?? figure(prediction.value)}</b>
        </div>
        <div>
          <span class="soft">{target} is</span>
          <b>{typeof expected === "number" ? figure(expected) : String(expected)}</b>
        </div>
        <div>
          <span class="soft">loss</span>
          <b class="amber">{figure(trace.loss, 4)}</b>
        </div>
      </div>
      <p>
        {share === undefined
          ? `It is off by ${figure((prediction.value ?? 0) - Number(expected))}.`
          : `It gave ${percent(share, 1)} to ${String(expected)}, which is right.`}{" "}
        The loss says how wrong that is in one number ({words(trace.loss_name)}), and learning means: make it smaller. It is
        measured in the net's own units, in which the target is {figure(trace.target, 3)}.
      </p>
    </>
  );
}

export function Update({ trace }: { trace: Trace }) {
  const { update } = trace;
  const { terms } = chosen(trace);
  const better = update.loss_after <= trace.loss;
  return (
    <>
      <p>
        Every weight moves a little against its gradient: by the gradient times the learning rate, {figure(update.learning_rate)}
        . Shown is the plain step; {update.optimizer} sizes it for each weight.
      </p>
      <table class="sums">
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
              <td class="number">{figure(term.weight, 5)}</td>
              <td class="number">{figure(term.gradient, 3)}</td>
              <td class="number">{figure(term.weight - update.learning_rate * term.gradient, 5)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="versus">
        <div>
          <span class="soft">loss before</span>
          <b class="amber">{figure(trace.loss, 5)}</b>
        </div>
        <div>
          <span class="soft">after this one step</span>
          <b class={better ? "blue" : "amber"}>{figure(update.loss_after, 5)}</b>
        </div>
      </div>
      <p>
        {better
          ? "A little less wrong. The same for every batch of rows, epoch after epoch: that is all that learning is."
          : "This step went too far for this row: the learning rate is large for it. Over many rows such leaps must even out."}
      </p>
    </>
  );
}
