// How a net sees pictures: their pixels, or features that a net makes of them which others trained.
import type { Spec } from "../api/shapes";
import { setPictureFeatures } from "./jobDraft";
import { Setting } from "./setting";

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
  return (
    <Setting name="seen-pictures" title="Pictures" description={DESCRIPTIONS[features]} error={error}>
      <select
        id="seen-pictures"
        value={features}
        aria-invalid={error !== undefined}
        onChange={(event) => setPictureFeatures(event.currentTarget.value === PIXELS ? null : "pretrained")}
      >
        <option value={PIXELS}>pixels</option>
        <option value="pretrained">features of a pretrained net</option>
      </select>
    </Setting>
  );
}
