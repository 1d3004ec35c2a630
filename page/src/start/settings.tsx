// Advanced settings of a training, each with a sentence on what it does.
import type { ComponentChildren } from "preact";
import type { FieldError, Optimizer, Spec } from "../api/shapes";
import { NumberField } from "../shell/numberField";
import { LayerList } from "./layerList";
import { setSetting } from "./jobDraft";

const OPTIMIZERS: Record<string, string> = {
  adam: "Gives every weight a step length of its own. The usual choice.",
  adamw: "Adam that also pulls weights towards zero, against learning by heart.",
  rmsprop: "Steps shrink where the ground is steep. Adam's ancestor.",
  sgd: "The plain step downhill. Simple to follow, slower to arrive.",
};

const DEFAULT_PATIENCE = 10;

export function Settings({ spec, errors }: { spec: Spec; errors: FieldError[] }) {
  const { optimizer } = spec;
  const errorFor = (field: string): string | undefined =>
    errors.find((error) => error.pointer.startsWith(`#/${field}`))?.detail;
  return (
    <div class="settings">
      <LayerList layers={spec.layers} error={errorFor("layers")} />
      <Setting name="optimizer" title="Optimizer" description={OPTIMIZERS[optimizer.type] ?? ""}>
        <select
          id="optimizer"
          value={optimizer.type}
          onChange={(event) =>
            setSetting("optimizer", { type: event.currentTarget.value, learning_rate: optimizer.learning_rate } as Optimizer)
          }
        >
          {Object.keys(OPTIMIZERS).map((type) => (
            <option key={type}>{type}</option>
          ))}
        </select>
      </Setting>
      <Setting
        name="rate"
        title="Learning rate"
        description="Size of each weight update. Too small: slow. Too large: overshoots and never settles."
        error={errorFor("optimizer")}
      >
        <NumberField
          id="rate"
          value={optimizer.learning_rate}
          onChange={(learning_rate) => setSetting("optimizer", { ...optimizer, learning_rate })}
        />
      </Setting>
      <Setting
        name="epochs"
        title="Epochs"
        description="Passes over all training rows, at most."
        error={errorFor("epochs")}
      >
        <NumberField id="epochs" value={spec.epochs} integer onChange={(epochs) => setSetting("epochs", epochs)} />
      </Setting>
      <Setting
        name="batch"
        title="Batch size"
        description="Rows per weight update. Small batches update often, with noisier gradients."
        error={errorFor("batch_size")}
      >
        <NumberField id="batch" value={spec.batch_size} integer onChange={(size) => setSetting("batch_size", size)} />
      </Setting>
      <Setting
        name="patience"
        title="Early stopping"
        description="Stop when the validation loss hasn't improved for this many epochs."
        error={errorFor("early_stopping")}
      >
        <span class="pair">
          <input
            type="checkbox"
            aria-label="Early stopping"
            checked={spec.early_stopping != null}
            onChange={(event) =>
              setSetting("early_stopping", event.currentTarget.checked ? { patience: DEFAULT_PATIENCE, min_delta: 0 } : null)
            }
          />
          {spec.early_stopping && (
            <NumberField
              id="patience"
              value={spec.early_stopping.patience}
              integer
              onChange={(patience) => setSetting("early_stopping", { min_delta: 0, ...spec.early_stopping, patience })}
            />
          )}
        </span>
      </Setting>
      <Setting name="name" title="Model name" description="The name that your application asks for when it predicts.">
        <input
          id="name"
          value={spec.model_name ?? ""}
          spellcheck={false}
          onChange={(event) => setSetting("model_name", event.currentTarget.value || undefined)}
        />
      </Setting>
    </div>
  );
}

interface SettingProps {
  name: string;
  title: string;
  description: string;
  error?: string | undefined;
  children: ComponentChildren;
}

function Setting({ name, title, description, error, children }: SettingProps) {
  return (
    <div class="setting">
      <label for={name}>{title}</label>
      {children}
      <p class="muted">{description}</p>
      {error && <p class="invalid">{error}</p>}
    </div>
  );
}
