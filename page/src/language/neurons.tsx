// What a neuron answers to: the places of held-out text where it outputs most, marked in their context.
import { encodeSegment } from "../api/client";
import type { NeuronContexts } from "../api/shapes";
import { useFetch } from "../api/useFetch";
import { formatCount, formatNumber } from "../shell/format";
import { ErrorNotice, Loading } from "../shell/notices";
import { NumberField } from "../shell/numberField";
import { nameToken, showText } from "../shell/plainText";
import { route, setQuery } from "../shell/route";
import { joinBytes } from "./joinBytes";

export function Neurons({ model }: { model: string }) {
  const { query } = route.value;
  const layerParam = query.get("layer");
  const unit = Math.max(Math.floor(Number(query.get("neuron") ?? 1)) || 1, 1);
  const path = `/v1/models/${encodeSegment(model)}/neuron-contexts?unit=${unit - 1}${layerParam === null ? "" : `&layer=${encodeURIComponent(layerParam)}`}`;
  const { value, problem, refetch } = useFetch<NeuronContexts>(path);
  const units = value?.layers.find(({ layer }) => layer === value.layer)?.units ?? 0;
  const show = (number: number): void => setQuery({ neuron: String(units ? ((number - 1 + units) % units) + 1 : number) });
  return (
    <section aria-labelledby="neurons">
      <header class="heading">
        <h2 id="neurons">What its neurons answer to</h2>
      </header>
      <p class="muted">The places of held-out text where a neuron outputs most; the darker a token, the more.</p>
      <div class="choices neuron-choice">
        {value && (
          <label>
            <span>Layer</span>
            <select value={value.layer} onChange={(event) => setQuery({ layer: event.currentTarget.value, neuron: null })}>
              {value.layers.map(({ layer, units: count, activation }) => (
                <option key={layer} value={layer}>
                  {layer}: {formatCount(count)} of {activation}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          <span>Neuron</span>
          <NumberField id="neuron" integer value={unit} onChange={(number) => setQuery({ neuron: String(number) })} />
        </label>
        <div class="buttons">
          <button class="small" disabled={!units} onClick={() => show(unit - 1)}>
            Previous
          </button>
          <button class="small" disabled={!units} onClick={() => show(unit + 1)}>
            Next
          </button>
          <button class="small" disabled={!units} onClick={() => show(1 + Math.floor(Math.random() * units))}>
            Any
          </button>
        </div>
      </div>
      {problem && <ErrorNotice problem={problem} retry={refetch} />}
      {!value && !problem && <Loading />}
      <ol class="surprises">
        {value?.contexts.map((context, number) => (
          <li key={number} class="card">
            <Context context={context} most={Math.max(...value.contexts.flatMap(({ outputs }) => outputs), 1e-9)} />
          </li>
        ))}
      </ol>
    </section>
  );
}

/** A stretch of text whose tokens are the darker, the more the neuron outputs there. */
function Context({ context, most }: { context: NeuronContexts["contexts"][number]; most: number }) {
  const { tokens, outputs, highest } = context;
  return (
    <>
      <p class="prose shares" dir="auto">
        {joinBytes(tokens).map(({ text, last }) => (
          <span key={last} style={{ "--share": Math.max(outputs[last] ?? 0, 0) / most }} class={last === highest ? "highest" : undefined}>
            {last === highest && text.trim() === "" ? nameToken(text) : showText(text)}
          </span>
        ))}
      </p>
      <p class="muted">
        {formatNumber(outputs[highest], 3)} at <code>{nameToken(tokens[highest] ?? "")}</code>
      </p>
    </>
  );
}
