// Slider over the epochs whose weights are kept, and a button that plays them one after the other.
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../shell/icon";
import { setQuery } from "../shell/route";

/** How long a replay takes, and how often it goes on at most. */
const REPLAY_MS = 6_000;
const MIN_STEP_MS = 160;

interface Props {
  id: string;
  /** The epoch that is shown. */
  epoch: number;
  epochs: number[];
  /** Whether the newest epoch is shown whatever it is. */
  isLive: boolean;
}

export function EpochSlider({ id, epoch, epochs, isLive }: Props) {
  const [isPlaying, setIsPlaying] = useState(false);
  const last = epochs.length - 1;
  const index = isLive ? last : Math.max(epochs.findLastIndex((one) => one <= epoch), 0);
  const show = (place: number): void => setQuery({ epoch: place >= last ? null : String(epochs[place]) });
  useEffect(() => {
    if (!isPlaying) return;
    const steps = Math.min(last, Math.floor(REPLAY_MS / MIN_STEP_MS));
    let step = 0;
    show(0);
    const timer = setInterval(() => {
      step += 1;
      show(Math.round((step * last) / steps));
      if (step >= steps) setIsPlaying(false);
    }, REPLAY_MS / steps);
    return () => clearInterval(timer);
  }, [isPlaying]);
  return (
    <div class="epoch-slider">
      <label for={id}>Epoch {epoch}</label>
      <input
        id={id}
        type="range"
        min={0}
        max={last}
        value={index}
        aria-valuetext={`epoch ${epoch}`}
        onInput={(event) => {
          setIsPlaying(false);
          show(Number(event.currentTarget.value));
        }}
      />
      <span class="buttons">
        <button class="small" aria-label={isPlaying ? "Stop the replay" : "Replay the epochs"} onClick={() => setIsPlaying(!isPlaying)}>
          <Icon name={isPlaying ? "pause" : "play"} />
        </button>
        <button
          class="small"
          disabled={isLive}
          onClick={() => {
            setIsPlaying(false);
            setQuery({ epoch: null });
          }}
        >
          Latest
        </button>
      </span>
    </div>
  );
}
