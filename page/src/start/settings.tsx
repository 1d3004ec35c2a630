// Advanced settings of a training, each with a sentence on what it does.
import { EARLY_STOPPING, OPTIMIZERS, SETTINGS } from "../api/choices";
import type { Column, FieldError, Optimizer, Spec } from "../api/shapes";
import { NumberField } from "../shell/numberField";
import { ClassWeights } from "./classWeights";
import { SchemaField, SchemaFields } from "./schemaField";
import { LanguageSettings } from "./languageSettings";
import { LayerList } from "./layerList";
import { LossSettings } from "./lossSettings";
import { readChanges, setSetting } from "./jobDraft";
import { PictureSettings } from "./pictureSettings";
import { OptimizerDetails, ScheduleSettings } from "./scheduleSettings";
import { NumberSetting, SettingField } from "./settingField";
import { SplitSettings } from "./splitSettings";

/** Settings that limit a training, or do not where they are left out. */
const LIMITS = [
  ["gradient_clip_norm", "Gradient clipping"],
  ["time_limit_seconds", "Time limit in seconds"],
] as const;

interface Props {
  spec: Spec;
  columns: Column[];
  errors: FieldError[];
}

export function Settings({ spec, columns, errors }: Props) {
  const { optimizer } = spec;
  const errorFor = (field: string, isExact = false): string | undefined =>
    errors.find(({ pointer }) => pointer === `#/${field}` || (!isExact && pointer.startsWith(`#/${field}/`)))?.detail;
  const isTable = (spec.task === "regression" || spec.task === "classification") && !columns.some(({ type }) => type === "image");
  const layers = <LayerList layers={spec.layers} error={layersError(errors) ?? errorFor("layers")} />;
  return (
    <div class="settings">
      {spec.task === "language" ? (
        <details class="split-settings">
          <summary>
            Layers <span class="muted">{describeLayers(spec.layers)}</span>
          </summary>
          {layers}
        </details>
      ) : (
        layers
      )}
      {columns.some(({ type }) => type === "image") && <PictureSettings spec={spec} errorFor={errorFor} />}
      {spec.task === "language" && <LanguageSettings spec={spec} errorFor={errorFor} />}
      {spec.task === "regression" && <LossSettings spec={spec} errorFor={errorFor} />}
      {spec.task === "classification" && <ClassWeights spec={spec} columns={columns} error={errorFor("class_weights")} />}
      <SettingField name="optimizer" title="Optimizer" description={OPTIMIZERS[optimizer.type].description}>
        <select
          id="optimizer"
          value={optimizer.type}
          onChange={(event) => setSetting("optimizer", OPTIMIZERS[event.currentTarget.value as Optimizer["type"]].defaults)}
        >
          {Object.keys(OPTIMIZERS).map((type) => (
            <option key={type}>{type}</option>
          ))}
        </select>
      </SettingField>
      <NumberSetting
        name="rate"
        title="Learning rate"
        description={SETTINGS.learning_rate}
        error={errorFor("optimizer/learning_rate") ?? errorFor("optimizer", true)}
        value={optimizer.learning_rate}
        onChange={(learning_rate) => setSetting("optimizer", { ...optimizer, learning_rate })}
      />
      <OptimizerDetails spec={spec} errorFor={errorFor} />
      <ScheduleSettings spec={spec} errorFor={errorFor} />
      <NumberSetting
        name="epochs"
        title="Epochs"
        description={SETTINGS.epochs}
        error={errorFor("epochs")}
        integer
        value={spec.epochs}
        onChange={(epochs) => setSetting("epochs", epochs)}
      />
      <NumberSetting
        name="batch"
        title="Batch size"
        description={SETTINGS.batch_size}
        error={errorFor("batch_size")}
        integer
        value={spec.batch_size}
        onChange={(size) => setSetting("batch_size", size)}
      />
      {isTable && (
        <>
          <NumberSetting
            name="nets"
            title="Nets"
            term="ensemble"
            description={SETTINGS.nets}
            error={errorFor("nets")}
            integer
            value={spec.nets}
            onChange={(nets) => setSetting("nets", nets)}
          />
          <BinSetting bins={spec.numeric.bins} error={errorFor("numeric")} />
          <EmbeddingSettings spec={spec} columns={columns} errorFor={errorFor} />
        </>
      )}
      <SettingField
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
      </SettingField>
      {spec.early_stopping && (
        <SchemaField
          of="early_stopping"
          name="min_delta"
          title="Smallest improvement"
          value={spec.early_stopping.min_delta}
          error={errorFor("early_stopping/min_delta")}
          onChange={(delta) => setSetting("early_stopping", { ...EARLY_STOPPING, ...spec.early_stopping, min_delta: delta as number })}
        />
      )}
      {spec.task !== "language" && <SplitSettings spec={spec} columns={columns} errorFor={errorFor} />}
      <NumberSetting
        name="decay"
        title="Weight decay (L2)"
        description={SETTINGS.weight_decay}
        error={errorFor("weight_decay")}
        value={spec.weight_decay}
        onChange={(decay) => setSetting("weight_decay", decay)}
      />
      {LIMITS.map(([name, title]) => (
        <SchemaField
          key={name}
          of="job"
          name={name}
          title={title}
          absent="none"
          value={spec[name]}
          error={errorFor(name)}
          onChange={(limit) => setSetting(name, limit as number | null)}
        />
      ))}
      <NumberSetting
        name="seed"
        title="Seed"
        description={SETTINGS.seed}
        error={errorFor("seed")}
        integer
        value={spec.seed}
        onChange={(seed) => setSetting("seed", seed)}
      />
      <SettingField name="name" title="Model name" description={SETTINGS.model_name} error={errorFor("model_name")}>
        <input
          id="name"
          value={String(readChanges().model_name ?? "")}
          placeholder={spec.model_name ?? ""}
          aria-invalid={errorFor("model_name") !== undefined}
          aria-describedby="name-error"
          spellcheck={false}
          onInput={(event) => setSetting("model_name", event.currentTarget.value || undefined)}
        />
      </SettingField>
    </div>
  );
}

/** From how many values on a column gets vectors, and how long they are, where a column has words. */
function EmbeddingSettings({ spec, columns, errorFor }: Omit<Props, "errors"> & { errorFor: (field: string) => string | undefined }) {
  if (!columns.some(({ type }) => type === "categorical")) return null;
  const { embedding } = spec;
  return (
    <details class="split-settings">
      <summary>
        Embeddings{" "}
        <span class="muted">
          {embedding.dimensions} dimensions from {embedding.min_categories} categories on
        </span>
      </summary>
      <div class="settings">
        <SchemaFields
          of="embedding"
          values={embedding}
          errorFor={(name) => errorFor(`embedding/${name}`)}
          onChange={(changes) => setSetting("embedding", { ...embedding, ...changes })}
        />
      </div>
    </details>
  );
}

/** Into how many bins each number goes: none, as many as fit the rows, or so many. */
function BinSetting({ bins, error }: { bins: Spec["numeric"]["bins"]; error: string | undefined }) {
  const change = (next: Spec["numeric"]["bins"]): void => setSetting("numeric", { bins: next });
  return (
    <SettingField name="bins" title="Bins of numbers" term="bins" description={SETTINGS.bins} error={error}>
      <span class="pair">
        <input
          type="checkbox"
          aria-label="Bins of numbers"
          checked={bins !== 0}
          onChange={(event) => change(event.currentTarget.checked ? "auto" : 0)}
        />
        {typeof bins === "number" && bins > 0 && (
          <NumberField id="bins" value={bins} integer isInvalid={error !== undefined} onChange={change} />
        )}
        {bins === "auto" && <span class="muted">by the rows</span>}
      </span>
    </SettingField>
  );
}

/** How many of which layers a transformer has. */
function describeLayers(layers: Spec["layers"]): string {
  const inner = layers.flatMap((layer): { type: string }[] => (layer.type === "residual" ? layer.layers : [layer]));
  const count = (type: string): number => inner.filter((layer) => layer.type === type).length;
  return `${count("attention")} of attention, ${count("dense")} dense`;
}

/** The error of a layer, with its number as the list of layers has it. */
function layersError(errors: FieldError[]): string | undefined {
  for (const { pointer, detail } of errors) {
    const places = /^#\/layers\/(\d+)(?:\/layers\/(\d+))?/.exec(pointer)?.slice(1).filter(Boolean);
    if (places) return `Layer ${places.map((place) => Number(place) + 1).join(".")} ${detail}`;
  }
  return undefined;
}
