// Advanced settings of a training, each with a sentence on what it does.
import type { ComponentChildren } from "preact";
import { EARLY_STOPPING, OPTIMIZERS, SETTINGS } from "../api/choices";
import type { FieldError, Optimizer, Spec } from "../api/shapes";
import { NumberField } from "../shell/numberField";
import { LayerList } from "./layerList";
import { setSetting } from "./jobDraft";

export function Settings({ spec, errors }: { spec: Spec; errors: FieldError[] }) {
  const { optimizer } = spec;
  const errorFor = (field: string): string | undefined =>
    errors.find((error) => error.pointer.startsWith(`#/${field}`))?.detail;
  return (
    <div class="settings">
      <LayerList layers={spec.layers} error={errorFor("layers")} />
      <Setting name="optimizer" title="Optimizer" description={OPTIMIZERS[optimizer.type].description}>
        <select
          id="optimizer"
          value={optimizer.type}
          onChange={(event) => setSetting("optimizer", OPTIMIZERS[event.currentTarget.value as Optimizer["type"]].defaults)}
        >
          {Object.keys(OPTIMIZERS).map((type) => (
            <option key={type}>{type}</option>
          ))}
        </select>
      </Setting>
      <Setting
        name="rate"
        title="Learning rate"
        description={SETTINGS.learning_rate}
        error={errorFor("optimizer")}
      >
        <NumberField
          id="rate"
          value={optimizer.learning_rate}
          isInvalid={errorFor("optimizer") !== undefined}
          onChange={(learning_rate) => setSetting("optimizer", { ...optimizer, learning_rate })}
        />
      </Setting>
      <Setting
        name="epochs"
        title="Epochs"
        description={SETTINGS.epochs}
        error={errorFor("epochs")}
      >
        <NumberField id="epochs" value={spec.epochs} integer isInvalid={errorFor("epochs") !== undefined} onChange={(epochs) => setSetting("epochs", epochs)} />
      </Setting>
      <Setting
        name="batch"
        title="Batch size"
        description={SETTINGS.batch_size}
        error={errorFor("batch_size")}
      >
        <NumberField id="batch" value={spec.batch_size} integer isInvalid={errorFor("batch_size") !== undefined} onChange={(size) => setSetting("batch_size", size)} />
      </Setting>
      <Setting
        name="patience"
        title="Early stopping"
        description={SETTINGS.early_stopping}
        error={errorFor("early_stopping")}
      >
        <span class="pair">
          <input
            type="checkbox"
            aria-label="Early stopping"
            checked={spec.early_stopping != null}
            onChange={(event) =>
              setSetting("early_stopping", event.currentTarget.checked ? EARLY_STOPPING : null)
            }
          />
          {spec.early_stopping && (
            <NumberField
              id="patience"
              value={spec.early_stopping.patience}
              integer
              isInvalid={errorFor("early_stopping") !== undefined}
              onChange={(patience) => setSetting("early_stopping", { ...EARLY_STOPPING, ...spec.early_stopping, patience })}
            />
          )}
        </span>
      </Setting>
      <Setting name="name" title="Model name" description={SETTINGS.model_name}>
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
