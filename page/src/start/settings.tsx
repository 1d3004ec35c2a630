// Everything that may be set before training, each with a sentence that says what it does.
import type { ComponentChildren } from "preact";
import type { FieldError, Spec } from "../api/shapes";
import { NumberField } from "../shell/numberfield";
import { LayerList } from "./layerlist";
import { change } from "./recipe";

const OPTIMIZERS: Record<string, string> = {
  adam: "Gives every weight a step length of its own. The usual choice.",
  adamw: "Adam that also pulls weights towards zero, against learning by heart.",
  rmsprop: "Steps shrink where the ground is steep. Adam's ancestor.",
  sgd: "The plain step downhill. Simple to follow, slower to arrive.",
};

const PATIENCE = 10;

export function Settings({ spec, errors }: { spec: Spec; errors: FieldError[] }) {
  const optimizer = spec.optimizer ?? { type: "adam" };
  const wrong = (field: string): string | undefined =>
    errors.find((error) => error.pointer.startsWith(`#/${field}`))?.detail;
  return (
    <div class="settings">
      <LayerList layers={spec.layers ?? []} wrong={wrong("layers")} />
      <Setting name="optimizer" title="Optimizer" about={OPTIMIZERS[optimizer.type] ?? ""}>
        <select
          id="optimizer"
          value={optimizer.type}
          onChange={(event) =>
            change("optimizer", { type: event.currentTarget.value, learning_rate: optimizer.learning_rate ?? 0.001 })
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
        about="How large each step downhill is. Too small crawls, too large leaps over the valley."
        wrong={wrong("optimizer")}
      >
        <NumberField
          id="rate"
          value={optimizer.learning_rate ?? 0.001}
          set={(learning_rate) => change("optimizer", { ...optimizer, learning_rate })}
        />
      </Setting>
      <Setting
        name="epochs"
        title="Epochs"
        about="How often it goes through all training rows, at most."
        wrong={wrong("epochs")}
      >
        <NumberField id="epochs" value={spec.epochs ?? 100} whole set={(epochs) => change("epochs", epochs)} />
      </Setting>
      <Setting
        name="batch"
        title="Batch size"
        about="How many rows it looks at before each step. Small batches step often, and unsteadily."
        wrong={wrong("batch_size")}
      >
        <NumberField id="batch" value={spec.batch_size ?? 32} whole set={(size) => change("batch_size", size)} />
      </Setting>
      <Setting
        name="patience"
        title="Stop early"
        about="Ends once the rows held back have not been predicted better for so many epochs."
        wrong={wrong("early_stopping")}
      >
        <span class="pair">
          <input
            type="checkbox"
            aria-label="Stop early"
            checked={spec.early_stopping != null}
            onChange={(event) =>
              change("early_stopping", event.currentTarget.checked ? { patience: PATIENCE } : null)
            }
          />
          {spec.early_stopping && (
            <NumberField
              id="patience"
              value={spec.early_stopping.patience}
              whole
              set={(patience) => change("early_stopping", { ...spec.early_stopping, patience })}
            />
          )}
        </span>
      </Setting>
      <Setting name="name" title="Name of the model" about="What your application asks for when it predicts.">
        <input
          id="name"
          value={spec.model_name ?? ""}
          spellcheck={false}
          onChange={(event) => change("model_name", event.currentTarget.value || undefined)}
        />
      </Setting>
    </div>
  );
}

interface SettingProps {
  name: string;
  title: string;
  about: string;
  wrong?: string | undefined;
  children: ComponentChildren;
}

function Setting({ name, title, about, wrong, children }: SettingProps) {
  return (
    <div class="setting">
      <label for={name}>{title}</label>
      {children}
      <p class="soft">{about}</p>
      {wrong && <p class="wrong">{wrong}</p>}
    </div>
  );
}
