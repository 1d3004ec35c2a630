// Editor of the hidden layers, in the order of the forward pass.
import { ACTIVATIONS, DENSE, SETTINGS } from "../api/choices";
import type { Activation, Layer } from "../api/shapes";
import { Icon } from "../shell/icon";
import { NumberField } from "../shell/numberField";
import { setSetting } from "./jobDraft";

/** What a layer begins with when it is added. */
const NEW_UNITS = 32;
const NEW_DROPOUT_RATE = 0.2;

export function LayerList({ layers, error }: { layers: Layer[]; error: string | undefined }) {
  const replaceLayer = (index: number, layer: Layer): void => setSetting("layers", layers.with(index, layer));
  return (
    <fieldset class="layers">
      <legend>Hidden layers</legend>
      <p class="muted">
        Each neuron multiplies its inputs by its weights, adds a bias, and applies the activation function. More neurons
        can learn finer patterns, but overfit more easily.
      </p>
      <ol>
        {layers.map((layer, index) => (
          <li key={index}>
            {layer.type === "dense" ? (
              <>
                <NumberField
                  id={`units-${index}`}
                  label={`Neurons of layer ${index + 1}`}
                  integer
                  value={layer.units}
                  onChange={(units) => replaceLayer(index, { ...layer, units })}
                />
                <select
                  aria-label={`Activation of layer ${index + 1}`}
                  value={layer.activation}
                  onChange={(event) => replaceLayer(index, { ...layer, activation: event.currentTarget.value as Activation })}
                >
                  {Object.keys(ACTIVATIONS).map((name) => (
                    <option key={name}>{name}</option>
                  ))}
                </select>
                <span class="muted">{ACTIVATIONS[layer.activation]}</span>
              </>
            ) : (
              <>
                <NumberField
                  id={`rate-${index}`}
                  label={`Dropout rate of layer ${index + 1}`}
                  value={layer.rate}
                  onChange={(rate) => replaceLayer(index, { ...layer, rate })}
                />
                <span class="kind">dropout</span>
                <span class="muted">{SETTINGS.dropout}</span>
              </>
            )}
            <button
              class="quiet round"
              aria-label={`Remove layer ${index + 1}`}
              onClick={() => setSetting("layers", layers.toSpliced(index, 1))}
            >
              <Icon name="cross" />
            </button>
          </li>
        ))}
      </ol>
      {error && <p class="invalid">{error}</p>}
      <div class="buttons">
        <button class="small" onClick={() => setSetting("layers", [...layers, { ...DENSE, units: NEW_UNITS }])}>
          <Icon name="plus" /> Layer
        </button>
        <button class="small" onClick={() => setSetting("layers", [...layers, { type: "dropout", rate: NEW_DROPOUT_RATE }])}>
          <Icon name="plus" /> Dropout
        </button>
      </div>
    </fieldset>
  );
}
