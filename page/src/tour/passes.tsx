// Forward pass and backpropagation of one neuron, with its numbers; any neuron can be chosen.
import type { Trace } from "../api/shapes";
import { formatNumber, shorten } from "../shell/format";
import { setQuery } from "../shell/route";
import { FilterGradients } from "./imageLayers";
import { selectNeuron, type Neuron } from "./neuron";

export function ForwardStep({ trace }: { trace: Trace }) {
  const neuron = selectNeuron(trace);
  return (
    <>
      <p>
        Each neuron multiplies its inputs by its weights, adds a bias, and applies its activation function. Its output feeds
        the next layer.
      </p>
      <NeuronChooser trace={trace} neuron={neuron} />
      <div class="scroll" tabIndex={0} role="region" aria-label="Forward pass of the neuron">
      <table class="terms">
        <thead>
          <tr>
            <th scope="col">Input</th>
            <th scope="col">value</th>
            <th scope="col">× weight</th>
            <th scope="col">=</th>
          </tr>
        </thead>
        <tbody>
          {neuron.terms.map((term) => (
            <tr key={term.name}>
              <th scope="row" title={term.name}>{shorten(term.name)}</th>
              <td class="number">{formatNumber(term.input, 3)}</td>
              <td class="number">{formatNumber(term.weight, 3)}</td>
              <td class="number">{formatNumber(term.input * term.weight, 3)}</td>
            </tr>
          ))}
          {neuron.hiddenTerms > 0 && <TotalRow name={`and ${neuron.hiddenTerms} smaller ones`} value={sumHiddenTerms(neuron)} />}
          <TotalRow name="bias" value={neuron.bias} />
          <TotalRow name="weighted sum" value={neuron.z} strong />
          <TotalRow name={`after ${neuron.layer.activation}`} value={neuron.a} strong />
        </tbody>
      </table>
      </div>
    </>
  );
}

export function BackwardStep({ trace }: { trace: Trace }) {
  const neuron = selectNeuron(trace);
  const derivative = neuron.da === 0 ? null : neuron.dz / neuron.da;
  return (
    <>
      <p>
        The chain rule propagates the error back through the same connections: the gradient of each weight is the
        backpropagated error of its neuron times the weight's input.
      </p>
      <NeuronChooser trace={trace} neuron={neuron} />
      <div class="scroll" tabIndex={0} role="region" aria-label="Backpropagated error">
      <table class="terms">
        <tbody>
          <tr>
            <th scope="row">
              ∂loss/∂output
            </th>
            <td class="number">{formatNumber(neuron.da, 3)}</td>
          </tr>
          <tr>
            <th scope="row">
              × derivative of {neuron.layer.activation}
            </th>
            <td class="number">{formatNumber(derivative, 3)}</td>
          </tr>
          <tr class="strong">
            <th scope="row">
              ∂loss/∂(weighted sum) <span class="muted">backpropagated error</span>
            </th>
            <td class="number">{formatNumber(neuron.dz, 3)}</td>
          </tr>
        </tbody>
      </table>
      </div>
      <div class="scroll" tabIndex={0} role="region" aria-label="Gradients of the weights">
      <table class="terms">
        <thead>
          <tr>
            <th scope="col">Weight of</th>
            <th scope="col">input</th>
            <th scope="col">gradient</th>
          </tr>
        </thead>
        <tbody>
          {neuron.terms.map((term) => (
            <tr key={term.name}>
              <th scope="row" title={term.name}>{shorten(term.name)}</th>
              <td class="number">{formatNumber(term.input, 3)}</td>
              <td class="number">{formatNumber(term.gradient, 3)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      </div>
      {neuron.dz === 0 && (
        <p class="muted">This neuron is inactive for this row: its gradient is 0, and the row changes none of its weights.</p>
      )}
      <FilterGradients trace={trace} />
    </>
  );
}

function sumHiddenTerms(neuron: Neuron): number {
  const shown = neuron.terms.reduce((sum, term) => sum + term.input * term.weight, neuron.bias);
  return neuron.z - shown;
}

export function TotalRow({ name, value, strong = false }: { name: string; value: number; strong?: boolean }) {
  return (
    <tr class={strong ? "strong" : ""}>
      <th scope="row" colSpan={3}>
        {name}
      </th>
      <td class="number">{formatNumber(value, 3)}</td>
    </tr>
  );
}

function NeuronChooser({ trace, neuron }: { trace: Trace; neuron: Neuron }) {
  const last = trace.layers.at(-1)?.layer;
  return (
    <div class="choices">
      <label>
        <span>Layer</span>
        <select
          value={neuron.layer.layer}
          onChange={(event) => setQuery({ layer: event.currentTarget.value, neuron: null })}
        >
          {trace.layers.map(({ layer }) => (
            <option key={layer} value={layer}>
              {layer === last ? "output" : layer}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Neuron</span>
        <select value={neuron.unit} onChange={(event) => setQuery({ neuron: event.currentTarget.value })}>
          {neuron.layer.shown.map((unit) => (
            <option key={unit} value={unit}>
              {unit + 1}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
