// Drawing of a traced net that writes: its text, and what each layer makes of the last token that is read.
import type { TokenTrace, TracedTokenLayer } from "../api/shapes";
import { joinBytes } from "../language/joinBytes";
import { formatCount } from "../shell/format";
import { nameToken, showText } from "../shell/plainText";
import { chooseHead } from "./chooseHead";
import { NumberStrip } from "./numberStrip";

interface Props {
  trace: TokenTrace;
  isBackward: boolean;
  /** Whether tokens are the darker, the more the head in the address looks at them. */
  hasAttention: boolean;
}

export function TokenLayers({ trace, isBackward, hasAttention }: Props) {
  const { shares } = chooseHead(trace);
  const last = trace.tokens.length - 1;
  const cut = trace.layers.some(({ units, outputs }) => units > outputs.length);
  return (
    <>
      <p class="prose shares" dir="auto">
        {joinBytes(trace.tokens.map(({ token }) => token)).map((piece) => (
          <span key={piece.last} class={piece.last === last ? "highest" : undefined} style={hasAttention ? { "--share": shares[piece.last] ?? 0 } : undefined}>
            {piece.last === last && piece.text.trim() === "" ? nameToken(piece.text) : showText(piece.text)}
          </span>
        ))}
        <mark>{nameToken(trace.expected.token)}</mark>
      </p>
      <p class="muted">
        Read up to <code>{nameToken(trace.tokens[last]?.token ?? "")}</code>; <code>{nameToken(trace.expected.token)}</code> is to follow.
      </p>
      <ol class="image-layers" aria-label={isBackward ? "Gradients at the last token" : "Outputs at the last token"}>
        {trace.layers.map((layer, place) => (
          <li key={place}>
            <span class="muted">
              {nameTokenLayer(trace, layer)} <span class="number">{formatCount(layer.units)}</span>
            </span>
            <NumberStrip
              values={isBackward ? layer.output_gradients : layer.outputs}
              name={nameTokenLayer(trace, layer)}
              what={isBackward ? "gradient" : "output"}
              square="number"
            />
          </li>
        ))}
      </ol>
      <p class="legend muted">
        <span class="key blue">{isBackward ? "positive gradient: more of it, more loss" : "positive"}</span>
        <span class="key amber">{isBackward ? "negative gradient: more of it, less loss" : "negative"}</span>
        {cut && <span>of long vectors the first {trace.layers[0]?.outputs.length} numbers</span>}
      </p>
    </>
  );
}

/** The name of a layer, with the number of its block. */
export function nameTokenLayer(trace: TokenTrace, layer: TracedTokenLayer): string {
  const block = layer.block === null ? "" : `${layer.block}: `;
  if (layer === trace.layers.at(-1)) return "Output layer, logits";
  const names = {
    embedding: "Embedding",
    norm: "Normalization",
    attention: `Attention, ${layer.attention?.length ?? 0} heads`,
    dense: `Dense layer ${layer.layer}, ${layer.activation}`,
    residual: "Sum with what came in",
  };
  return block + names[layer.type];
}
