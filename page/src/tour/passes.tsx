// What one neuron does on the way there, and what it is told on the way back; any neuron may be chosen.
import type { Trace } from "../api/shapes";
import { formatNumber } from "../shell/format";
import { setQuery } from "../shell/route";
import { selectNeuron, type Neuron } from "./neuron";

export function ForwardStep({ trace }: { trace: Trace }) {
  const neuron = selectNeuron(trace);
  return (
    <>
      <p>
        Each neuron weighs its inputs, adds them up with its bias, and bends the sum by its activation. What comes out is an
        input of the next layer, until the last one speaks.
      </p>
      <NeuronChooser trace={trace} neuron={neuron} />
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
              <th scope="row">{term.name}</th>
              <td class="number">{formatNumber(term.input, 3)}</td>
              <td class="number">{formatNumber(term.weight, 3)}</td>
              <td class="number">{formatNumber(term.input * term.weight, 3)}</td>
            </tr>
          ))}
          {neuron.hiddenTerms > 0 && <TotalRow name={`and ${neuron.hiddenTerms} weaker ones`} value={sumHiddenTerms(neuron)} />}
          <TotalRow name="its bias" value={neuron.bias} />
          <TotalRow name="sum" value={neuron.z} strong />
          <TotalRow name={`after ${neuron.layer.activation}`} value={neuron.a} strong />
        </tbody>
      </table>
    </>
  );
}

export function BackwardStep({ trace }: { trace: Trace }) {
  const neuron = selectNeuron(trace);
  const derivative = neuron.da === 0 ? null : neuron.dz / neuron.da;
  return (
    <>
      <p>
        The error goes back through the same connections: a neuron bears as much blame as it pulled. Each weight learns its
        gradient, which is the blame times what came in through it.
      </p>
      <NeuronChooser trace={trace} neuron={neuron} />
      <table class="terms">
        <tbody>
          <tr>
            <th scope="row">
              blame for what it said
            </th>
            <td class="number">{formatNumber(neuron.da, 3)}</td>
          </tr>
          <tr>
            <th scope="row">
              × slope of {neuron.layer.activation} there
            </th>
            <td class="number">{formatNumber(derivative, 3)}</td>
          </tr>
          <tr class="strong">
            <th scope="row">
              blame for its sum
            </th>
            <td class="number">{formatNumber(neuron.dz, 3)}</td>
          </tr>
        </tbody>
      </table>
      <table class="terms">
        <thead>
          <tr>
            <th scope="col">Weight of</th>
            <th scope="col">came in</th>
            <th scope="col">gradient</th>
          </tr>
        </thead>
        <tbody>
          {neuron.terms.map((term) => (
            <tr key={term.name}>
              <th scope="row">{term.name}</th>
              <td class="number">{formatNumber(term.input, 3)}</td>
              <td class="number">{formatNumber(term.gradient, 3)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {neuron.dz === 0 && (
        <p class="muted">This neuron was silent here: no blame reaches it, and it learns nothing from this row.</p>
      )}
    </>
  );
}

function sumHiddenTerms(neuron: Neuron): number {
  const shown = neuron.terms.reduce((sum, term) => sum + term.input * term.weight, neuron.bias);
  return neuron.z - shown;
}

function TotalRow({ name, value, strong = false }: { name: string; value: number; strong?: boolean }) {
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
  const last = trace.layers.length;
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
