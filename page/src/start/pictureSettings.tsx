// How a net sees pictures: their pixels, or features that a net makes of them which others trained.
import type { Spec } from "../api/shapes";
import { SchemaFields } from "./schemaField";
import { readChanges, setPictureFeatures, setSetting } from "./jobDraft";
import { SettingField } from "./settingField";

const PIXELS = "pixels";

const DESCRIPTIONS = {
  [PIXELS]: "Layers learn from the pixels, which takes many pictures, or simple ones.",
  pretrained: "A net that others trained on millions of photographs makes features of each, and the layers learn from these. Best for few photographs.",
};

interface Props {
  spec: Spec;
  errorFor: (field: string) => string | undefined;
}

export function PictureSettings({ spec, errorFor }: Props) {
  const features = spec.image.features ?? PIXELS;
  const error = errorFor("image");
  const { image } = spec;
  return (
    <>
    <SettingField name="seen-pictures" title="Pictures" description={DESCRIPTIONS[features]} error={error}>
      <select
        id="seen-pictures"
        value={features}
        aria-invalid={error !== undefined}
        onChange={(event) => setPictureFeatures(event.currentTarget.value === PIXELS ? null : "pretrained")}
      >
        <option value={PIXELS}>pixels</option>
        <option value="pretrained">features of a pretrained net</option>
      </select>
    </SettingField>
      {image.features === null && (
        <SchemaFields
          of="image"
          names={["size"]}
          values={image}
          errorFor={(name) => errorFor(`image/${name}`)}
          onChange={(changes) => setSetting("image", { ...readChanges().image, ...changes } as Spec["image"])}
        />
      )}
      <AugmentSettings spec={spec} errorFor={errorFor} />
    </>
  );
}

/** How training pictures are varied: as the API chooses, or as one says. */
function AugmentSettings({ spec: { image }, errorFor }: Props) {
  const isChosen = readChanges().image?.augment != null;
  const set = (augment: object | null): void => setSetting("image", { ...readChanges().image, augment } as Spec["image"]);
  return (
    <details class="split-settings" open={isChosen}>
      <summary>
        Augmentation <span class="muted">{isChosen ? "as chosen here" : "chosen by the pictures"}</span>
      </summary>
      <div class="settings">
        <SchemaFields
          of="augment"
          values={image.augment ?? {}}
          errorFor={(name) => errorFor(`image/augment/${name}`)}
          onChange={(changes) => set({ ...image.augment, ...changes })}
        />
        {isChosen && (
          <button class="small" onClick={() => set(null)}>
            Let the pictures decide
          </button>
        )}
      </div>
    </details>
  );
}
