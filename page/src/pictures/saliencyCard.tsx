// Saliency map: which pixels of the picture moved the prediction, laid over it; and what each layer made of it.
import { useState } from "preact/hooks";
import { encodeSegment } from "../api/client";
import type { Explanation, FeatureMapsBody, Model, Row, Saliency } from "../api/shapes";
import { useRefetch } from "../api/useRefetch";
import { Term } from "../help/term";
import { shorten } from "../shell/format";
import { ErrorNotice, Loading } from "../shell/notices";
import { FeatureMaps } from "./featureMaps";

interface Props {
  model: Model;
  row: Row;
  picture: string;
  explanation: Explanation;
  saliency: Saliency;
}

export function SaliencyCard({ model, row, picture, explanation, saliency }: Props) {
  const [isPlain, setIsPlain] = useState(false);
  const [isOpen, setIsOpen] = useState(false);
  const output = explanation.label ? `the probability of ${shorten(explanation.label)}` : shorten(explanation.target ?? "the prediction");
  return (
    <section class="card saliency" aria-labelledby="saliency">
      <header>
        <h2 id="saliency">
          <Term>Saliency map</Term>
        </h2>
        <label class="switch">
          <input type="checkbox" checked={isPlain} onChange={(event) => setIsPlain(event.currentTarget.checked)} /> picture alone
        </label>
      </header>
      <figure>
        <div class={`overlay ${isPlain ? "plain" : ""}`}>
          <img src={picture} alt="The picture" />
          {!isPlain && <img src={saliency.image} alt={`Its pixels that moved ${output}`} />}
        </div>
        <figcaption class="muted">
          Which pixels moved <bdi>{output}</bdi>, by integrated gradients from a picture of one colour, the mean of all.
          <span class="legend">
            <span class="key blue">raised it</span> <span class="key amber">lowered it</span>
          </span>
        </figcaption>
      </figure>
      <details open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary>Layer by layer: what each made of it</summary>
        {isOpen && <ModelFeatureMaps model={model} row={row} />}
      </details>
    </section>
  );
}

function ModelFeatureMaps({ model, row }: { model: Model; row: Row }) {
  const { value, problem } = useRefetch<FeatureMapsBody>(`/v1/models/${encodeSegment(model.id)}/feature-maps`, "", false, JSON.stringify(row));
  if (problem && !value) return <ErrorNotice problem={problem} />;
  return value ? <FeatureMaps maps={value} /> : <Loading />;
}
