// Reasons of the settings that a job left open, where they depend on the data.
import { toWords } from "./format";

export function Reasons({ reasons }: { reasons: Record<string, string> }) {
  const entries = Object.entries(reasons);
  if (!entries.length) return null;
  return (
    <details class="reasons">
      <summary>Chosen for this data: {entries.map(([name]) => nameSetting(name)).join(", ")}</summary>
      <dl>
        {entries.map(([name, reason]) => (
          <div key={name}>
            <dt>{nameSetting(name)}</dt>
            <dd>{reason}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

const PICTURE_TERMS: Record<string, string> = { "image.size": "picture size", "image.augment": "augmentation" };

const nameSetting = (name: string): string => PICTURE_TERMS[name] ?? toWords(name.replace(".", " "));
