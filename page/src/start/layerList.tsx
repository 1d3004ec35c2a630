// Editor of the hidden layers, in the order of the forward pass; a layer that holds others lists them within it.
import { ACTIVATIONS, DENSE, LAYERS } from "../api/choices";
import type { Activation, Layer, Residual } from "../api/shapes";
import { Term } from "../help/term";
import { Icon } from "../shell/icon";
import { NumberField } from "../shell/numberField";
import { setSetting } from "./jobDraft";

/** What a layer begins with when it is added. */
const NEW_UNITS = 32;
const NEW_DROPOUT_RATE = 0.2;

/** What stands behind the number of a layer, where it is not its type. */
const KINDS: Partial<Record<Layer["type"], string>> = { conv: "filters (conv)" };

export function LayerList({ layers, error }: { layers: Layer[]; error: string | undefined }) {
  const setLayers = (changed: Layer[]): void => setSetting("layers", changed);
  const width = lastWidth(layers) ?? NEW_UNITS;
  return (
    <fieldset class="layers">
      <legend>
        <Term name="layer">Hidden layers</Term>
      </legend>
      <p class="muted">
        Each neuron multiplies its inputs by its weights, adds a bias, and applies the activation function. More neurons
        can learn finer patterns, but overfit more easily.
      </p>
      <LayerRows layers={layers} path="" onChange={setLayers} />
      {error && <p class="invalid">{error}</p>}
      <div class="buttons">
        <AddLayer name="Layer" layer={{ ...DENSE, units: NEW_UNITS }} layers={layers} onChange={setLayers} />
        <AddLayer name="Dropout" layer={{ type: "dropout", rate: NEW_DROPOUT_RATE }} layers={layers} onChange={setLayers} />
        <AddLayer name="Norm" layer={{ type: "norm", groups: 1 }} layers={layers} onChange={setLayers} />
        <AddLayer name="Residual" layer={newResidual(width)} layers={layers} onChange={setLayers} />
      </div>
    </fieldset>
  );
}

interface Rows {
  layers: Layer[];
  /** The number of the layer that holds these, with a dot; empty for those of the net. */
  path: string;
  onChange: (layers: Layer[]) => void;
}

function LayerRows({ layers, path, onChange }: Rows) {
  return (
    <ol>
      {layers.map((layer, index) => (
        <li key={index}>
          <LayerFields
            layer={layer}
            name={`${path}${index + 1}`}
            isFirst={layers.findIndex(({ type }) => type === layer.type) === index}
            onChange={(changed) => onChange(layers.with(index, changed))}
          />
          <button
            class="quiet round"
            aria-label={`Remove layer ${path}${index + 1}`}
            onClick={() => onChange(layers.toSpliced(index, 1))}
          >
            <Icon name="cross" />
          </button>
        </li>
      ))}
    </ol>
  );
}

interface Fields {
  layer: Layer;
  name: string;
  /** Whether it is the first of its type, which says what the type does. */
  isFirst: boolean;
  onChange: (layer: Layer) => void;
}

function LayerFields({ layer, name, isFirst, onChange }: Fields) {
  if (layer.type === "dense") {
    return (
      <>
        <NumberField
          id={`units-${name}`}
          label={`Neurons of layer ${name}`}
          integer
          value={layer.units}
          onChange={(units) => onChange({ ...layer, units })}
        />
        <select
          aria-label={`Activation of layer ${name}`}
          value={layer.activation}
          onChange={(event) => onChange({ ...layer, activation: event.currentTarget.value as Activation })}
        >
          {Object.keys(ACTIVATIONS).map((activation) => (
            <option key={activation}>{activation}</option>
          ))}
        </select>
        <span class="muted">{ACTIVATIONS[layer.activation]}</span>
      </>
    );
  }
  return (
    <>
      {layer.type === "embedding" && (
        <NumberField id={`units-${name}`} label={`Length of the vectors of layer ${name}`} integer value={layer.units} onChange={(units) => onChange({ ...layer, units })} />
      )}
      {layer.type === "attention" && (
        <NumberField id={`heads-${name}`} label={`Heads of layer ${name}`} integer value={layer.heads} onChange={(heads) => onChange({ ...layer, heads })} />
      )}
      {layer.type === "conv" && (
        <NumberField id={`filters-${name}`} label={`Filters of layer ${name}`} integer value={layer.filters} onChange={(filters) => onChange({ ...layer, filters })} />
      )}
      {layer.type === "dropout" && (
        <NumberField id={`rate-${name}`} label={`Dropout rate of layer ${name}`} value={layer.rate} onChange={(rate) => onChange({ ...layer, rate })} />
      )}
      <span class="kind">{KINDS[layer.type] ?? layer.type}</span>
      {isFirst && <span class="muted">{LAYERS[layer.type]}</span>}
      {layer.type === "residual" && (
        <LayerRows
          layers={layer.layers}
          path={`${name}.`}
          onChange={(layers) => onChange({ ...layer, layers: layers as Residual["layers"] })}
        />
      )}
    </>
  );
}

interface Addition {
  name: string;
  layer: Layer;
  layers: Layer[];
  onChange: (layers: Layer[]) => void;
}

function AddLayer({ name, layer, layers, onChange }: Addition) {
  return (
    <button class="small" title={LAYERS[layer.type]} onClick={() => onChange([...layers, layer])}>
      <Icon name="plus" /> {name}
    </button>
  );
}

/** A residual layer that fits after a layer of so many neurons. */
const newResidual = (units: number): Residual => ({
  type: "residual",
  layers: [{ type: "norm", groups: 1 }, { ...DENSE, units }, { ...DENSE, units, activation: "linear" }],
});

/** How many neurons the last dense layer has, whose values come out of all layers after it. */
function lastWidth(layers: Layer[]): number | undefined {
  return layers.flatMap((layer) => (layer.type === "dense" ? [layer.units] : [])).at(-1);
}
