// The loss of a regression, and the quantiles that it predicts.
import { LOSSES, SETTINGS } from "../api/choices";
import type { Spec } from "../api/shapes";
import { setLoss, setSetting } from "./jobDraft";
import { NumbersField } from "../shell/numbersField";
import { SettingField } from "./settingField";

/** Losses that are no choice for numbers: which one is the default is filled in. */
const OTHERS = ["auto", "cross_entropy"];

interface Props {
  spec: Spec;
  errorFor: (field: string) => string | undefined;
}

export function LossSettings({ spec, errorFor }: Props) {
  const { loss, quantiles } = spec;
  return (
    <>
      <SettingField name="loss" title="Loss" description={LOSSES[loss] ?? ""} error={errorFor("loss")}>
        <select
          id="loss"
          value={loss}
          aria-invalid={errorFor("loss") !== undefined}
          onChange={(event) => setLoss(event.currentTarget.value as Spec["loss"])}
        >
          {Object.keys(LOSSES)
            .filter((name) => !OTHERS.includes(name))
            .map((name) => (
              <option key={name}>{name}</option>
            ))}
        </select>
      </SettingField>
      {loss === "quantile" && (
        <SettingField name="quantiles" title="Quantiles" description={SETTINGS.quantiles} error={errorFor("quantiles")}>
          <NumbersField
            id="quantiles"
            values={quantiles ?? []}
            isInvalid={errorFor("quantiles") !== undefined}
            onChange={(values) => setSetting("quantiles", values)}
          />
        </SettingField>
      )}
    </>
  );
}
