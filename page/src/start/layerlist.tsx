// The hidden layers, one below the other, as they are passed through.
import type { Layer } from "../api/shapes";
import { Icon } from "../shell/icon";
import { NumberField } from "../shell/numberfield";
import { change } from "./recipe";

const ACTIVATIONS: Record<string, string> = {
  relu: "nothing below zero, unchanged above",
  leaky_relu: "relu with a little light below zero, so that no neuron dies",
  elu: "relu that bends smoothly below zero",
  gelu: "a softly rounded relu",
  silu: "a softly rounded relu that dips a little",
  tanh: "squeezes everything between −1 and 1",
  sigmoid: "squeezes everything between 0 and 1",
  softplus: "relu with a rounded corner",
  linear: "no bend at all",
};

export function LayerList({ layers, wrong }: { layers: Layer[]; wrong: string | undefined }) {
  const put = (at: number, layer: Layer): void => change("layers", layers.with(at, layer));
  return (
    <fieldset class="layers">
      <legend>Hidden layers</legend>
      <p class="soft">
        Neurons side by side; each weighs what the layer before says, and bends the sum by its activation. More of them
        can learn finer things, and learn by heart more easily.
      </p>
      <ol>
        {layers.map((layer, at) => (
          <li key={at}>
            {layer.type === "dense" ? (
              <>
                <NumberField
                  id={`units-${at}`}
                  label={`Neurons of layer ${at + 1}`}
                  whole
                  value={layer.units}
                  set={(units) => put(at, { ...layer, units })}
                />
                <select
                  aria-label={`Activation of layer ${at + 1}`}
                  value={layer.activation}
                  onChange={(event) => put(at, { ...layer, activation: event.currentTarget.value })}
                >
                  {Object.keys(ACTIVATIONS).map((name) => (
                    <option key={name}>{name}</option>
                  ))}
                </select>
                <span class="soft">{ACTIVATIONS[layer.activation]}</span>
              </>
            ) : (
              <>
                <NumberField
                  id={`rate-${at}`}
                  label={`Share of layer ${at + 1} to silence`}
                  value={layer.rate}
                  set={(rate) => put(at, { ...layer, rate })}
                />
                <span class="kind">dropout</span>
                <span class="soft">silences this share of neurons at random while it learns</span>
              </>
            )}
            <button
              class="quiet round"
              aria-label={`Remove layer ${at + 1}`}
              onClick={() => change("layers", layers.toSpliced(at, 1))}
            >
              <Icon name="cross" />
            </button>
          </li>
        ))}
      </ol>
      {wrong && <p class="wrong">{wrong}</p>}
      <div class="buttons">
        <button class="small" onClick={() => change("layers", [...layers, { type: "dense", units: 32, activation: "relu" }])}>
          <Icon name="plus" /> Layer
        </button>
        <button class="small" onClick={() => change("layers", [...layers, { type: "dropout", rate: 0.2 }])}>
          <Icon name="plus" /> Dropout
        </button>
      </div>
    </fieldset>
  );
}
