// Bar that says how much of the target a column explains alone.
import { formatPercent } from "../shell/format";

interface Props {
  /** From 0 to 1; null where it was not measured. */
  strength: number | null | undefined;
  target: string;
}

export function StrengthBar({ strength, target }: Props) {
  if (strength == null) return null;
  const share = Math.max(strength, 0);
  return (
    <span class="strength">
      <span class="track" aria-hidden="true">
        <span class="bar" style={{ width: `${share * 100}%` }} />
      </span>
      <span class="number">{formatPercent(share)}</span>
      <span class="visually-hidden"> of {target} explained</span>
    </span>
  );
}
