// Presets: how much time to spend on accuracy, each with its forecast before one presses Train.
import { PRESETS } from "../api/choices";
import type { Spec, Validation } from "../api/shapes";
import { formatDuration } from "../shell/format";
import { setSetting } from "./jobDraft";

interface Props {
  chosen: Spec["preset"];
  forecasts: Validation["presets"];
}

export function PresetPicker({ chosen, forecasts }: Props) {
  const names = Object.keys(PRESETS) as Spec["preset"][];
  return (
    <fieldset class="task-switch presets">
      <legend>Preset</legend>
      {names.map((name) => (
        <label key={name} title={PRESETS[name]}>
          <input type="radio" name="preset" checked={chosen === name} onChange={() => setSetting("preset", name)} />
          <span>
            <strong>{name}</strong> <span class="muted">{describeTime(forecasts[name]?.seconds)}</span>
          </span>
        </label>
      ))}
      <p class="muted">{PRESETS[chosen]}</p>
    </fieldset>
  );
}

const describeTime = (seconds: number | undefined): string =>
  seconds === undefined ? "" : seconds < 1 ? formatDuration(seconds) : `up to ${formatDuration(seconds)}`;
