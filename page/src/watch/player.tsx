// Replay of a run: play, pause, step, speed, and a slider over its curve of losses. Space plays, arrow keys step.
import { useMemo } from "preact/hooks";
import { Icon } from "../shell/icon";
import type { EpochCursor } from "./epochCursor";
import type { JobStore } from "./jobStore";
import { SPEEDS } from "./playback";

interface Props {
  cursor: EpochCursor;
  store: JobStore;
}

export function Player({ cursor, store }: Props) {
  void store.version.value;
  const kept = cursor.kept.value;
  const isPlaying = cursor.isPlaying.value;
  if (kept.length < 2) return null;
  const { place } = cursor;
  const isNewest = cursor.epoch.value === null;
  const last = kept.length - 1;

  const onKeyDown = (event: KeyboardEvent): void => {
    const isIn = (selector: string): boolean => event.target instanceof Element && event.target.closest(selector) !== null;
    const change = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === " " && !isIn("button, select")) cursor.toggle();
    else if (change && !isIn("input, select")) cursor.step(change);
    else return;
    event.preventDefault();
  };
  return (
    <section class="player card" role="group" aria-label="Replay of the training" onKeyDown={onKeyDown}>
      <button class="main play" aria-label={isPlaying ? "Pause the replay" : "Play the training"} onClick={() => cursor.toggle()}>
        <Icon name={isPlaying ? "pause" : "play"} /> <span>{isPlaying ? "Pause" : "Play"}</span>
      </button>
      <span class="buttons">
        <button class="small" aria-label="Epoch before" disabled={place === 0} onClick={() => cursor.step(-1)}>
          <Icon name="back" />
        </button>
        <button class="small" aria-label="Next epoch" disabled={isNewest} onClick={() => cursor.step(1)}>
          <Icon name="next" />
        </button>
      </span>
      <div class="strip">
        <LossStrip store={store} from={kept[0] ?? 0} to={kept[last] ?? 1} />
        <input
          type="range"
          aria-label="Epoch"
          min={0}
          max={last}
          value={place}
          aria-valuetext={`epoch ${kept[place]}`}
          onInput={(event) => cursor.show(Number(event.currentTarget.value))}
        />
      </div>
      <span class="number epoch">
        epoch <b>{kept[place]}</b> of {kept[last]}
      </span>
      <label class="speed">
        <span class="visually-hidden">Speed</span>
        <select value={String(cursor.speed.value)} onChange={(event) => (cursor.speed.value = Number(event.currentTarget.value))}>
          {SPEEDS.map((speed) => (
            <option key={speed} value={String(speed)}>
              {speed}×
            </option>
          ))}
        </select>
      </label>
      <button class="small" disabled={isNewest} onClick={() => cursor.show(last)}>
        Latest
      </button>
    </section>
  );
}

const WIDTH = 300;
const HEIGHT = 30;

/** The losses by epoch behind the slider: validation in front of training. */
function LossStrip({ store, from, to }: { store: JobStore; from: number; to: number }) {
  const { shown } = store;
  const newest = shown.newestEpoch?.epoch;
  const lines = useMemo(() => {
    const finite = (values: (number | null)[]): number[] => values.filter((value) => value !== null);
    const highest = Math.max(...finite(shown.train).slice(0, 3), ...finite(shown.validation).slice(0, 3), 1e-12);
    const step = Math.max(Math.ceil(shown.epochs.length / WIDTH), 1);
    const draw = (values: (number | null)[]): string =>
      shown.epochs
        .flatMap((epoch, n) => {
          const value = values[n];
          if (value == null || n % step) return [];
          return `${(((epoch - from) / Math.max(to - from, 1)) * WIDTH).toFixed(1)},${(HEIGHT - 1 - Math.min(value / highest, 1) * (HEIGHT - 2)).toFixed(1)}`;
        })
        .join(" ");
    return [draw(shown.train), draw(shown.validation)];
  }, [shown, newest, from, to]);
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <polyline class="train" points={lines[0]} />
      <polyline class="validation" points={lines[1]} />
    </svg>
  );
}
