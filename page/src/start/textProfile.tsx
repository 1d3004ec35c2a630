// Profile of a text: how long it is, its commonest words, and how it begins.
import type { Column, Dataset } from "../api/shapes";
import { formatBytes, formatCount } from "../shell/format";
import { showText } from "../shell/plainText";
import { useSample } from "../table/useSample";

const MAX_CHARACTERS = 2_000;

interface Props {
  dataset: Dataset;
  column: Column;
}

export function TextProfile({ dataset, column }: Props) {
  const { text } = column;
  const sample = useSample(dataset.id, dataset.rows ?? 0, 1);
  const beginning = sample?.map((row) => row[column.name] ?? "").join("\n");
  const most = Math.max(...(text?.top ?? []).map(({ count }) => count), 1);
  return (
    <section class="text-profile" aria-labelledby="text">
      <h2 id="text">Text</h2>
      <dl class="figures">
        <Figure name="characters" value={text ? formatCount(text.characters) : formatBytes(dataset.bytes)} />
        {text && <Figure name="words" value={formatCount(text.words)} />}
        <Figure name="lines" value={formatCount(dataset.rows ?? 0)} />
      </dl>
      {text && text.top.length > 0 && (
        <section class="card" aria-labelledby="words">
          <h3 id="words">Commonest words</h3>
          <ul class="bars">
            {text.top.map(({ value, count }) => (
              <li key={value}>
                <bdi class="value">{showText(value)}</bdi>
                <span class="bar" style={{ width: `${(count / most) * 100}%` }} aria-hidden="true" />
                <span class="muted number">{formatCount(count)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {beginning !== undefined && (
        <section class="card" aria-labelledby="beginning">
          <h3 id="beginning">How it begins</h3>
          <p class="prose scroll high" dir="auto" tabIndex={0} role="region" aria-label="The beginning of the text">
            {showText(beginning.slice(0, MAX_CHARACTERS))}
            {beginning.length > MAX_CHARACTERS && "…"}
          </p>
        </section>
      )}
    </section>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
