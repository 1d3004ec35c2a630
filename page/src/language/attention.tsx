// Attention drawn as lines between the tokens of a person's own sentence: how much each looks at those before it.
import { useRef, useState } from "preact/hooks";
import { Term } from "../help/term";
import { encodeSegment } from "../api/client";
import type { NextTokens as NextTokensResponse } from "../api/shapes";
import { useRefetch } from "../api/useRefetch";
import { formatPercent } from "../shell/format";
import { ErrorNotice, Loading } from "../shell/notices";
import { nameToken } from "../shell/plainText";
import { route, setQuery } from "../shell/route";
import { useDebouncedValue } from "../shell/useDebouncedValue";
import { NextTokens } from "./nextTokens";
import { TokenText } from "./tokenText";

const DEFAULT_SENTENCE = "To be, or not to be";
const MAX_CHARACTERS = 400;
const TOP = 5;
/** The most tokens that are drawn: of more the last. */
const MAX_DRAWN = 48;
const ROW = 24;
const [LEFT, RIGHT, WIDTH] = [120, 280, 400];
const MIN_SHARE = 0.02;

export function Attention({ model }: { model: string }) {
  const { query } = route.value;
  const sentence = query.get("sentence") ?? DEFAULT_SENTENCE;
  const asked = useDebouncedValue(sentence);
  const body = JSON.stringify({ text: asked, top: TOP, attention: true });
  const { value, problem } = useRefetch<NextTokensResponse>(`/v1/models/${encodeSegment(model)}/next-tokens`, "", false, body);
  const [chosen, setChosen] = useState<number>();
  const place = chosen !== undefined && value && chosen < value.tokens.length ? chosen : undefined;
  const token = place === undefined ? undefined : value?.tokens[place];
  return (
    <section aria-labelledby="attention">
      <header class="heading">
        <h2 id="attention">
          <Term name="attention">Where it looks</Term>
        </h2>
      </header>
      <p class="muted">Each position gathers what it needs from itself and those before it. Write a sentence of your own, and see which.</p>
      <div class="attention">
        <section class="card" aria-label="A sentence of your own">
          <div class="search">
            <label for="sentence">Your sentence</label>
            <textarea
              id="sentence"
              rows={2}
              dir="auto"
              maxLength={MAX_CHARACTERS}
              value={sentence}
              onInput={(event) => {
                setChosen(undefined);
                setQuery({ sentence: event.currentTarget.value });
              }}
            />
          </div>
          {problem && !value && <ErrorNotice problem={problem} />}
          {value && <TokenText label="Tokens of the sentence" tokens={value.tokens} chosen={place} onChoose={setChosen} />}
          {value?.warnings.map((warning) => (
            <p key={warning} class="caution">
              {warning}
            </p>
          ))}
          <p class="muted hint">Choose a token, by a click or the arrow keys, to see where it looks, and what was expected in its place.</p>
          {token?.top && <NextTokens token={token} title="What was expected here" />}
          {value && place === undefined && value.next[0] && <NextTokens token={{ token: "", log_probability: null, top: value.next }} title="What comes next" />}
        </section>
        {value?.attention && value.attention.length > 0 ? (
          <Heads reading={value} attention={value.attention} place={place} onChoose={setChosen} />
        ) : (
          !problem && !value && <Loading />
        )}
      </div>
    </section>
  );
}

interface HeadsProps {
  reading: NextTokensResponse;
  /** By layer, head, token that looks, and token that is looked at. */
  attention: number[][][][];
  place: number | undefined;
  onChoose: (place: number) => void;
}

function Heads({ reading, attention, place, onChoose }: HeadsProps) {
  const { query } = route.value;
  const layer = clampTo(Number(query.get("attention") ?? 0), attention.length);
  const heads = attention[layer] ?? [];
  const head = clampTo(Number(query.get("head") ?? 0), heads.length);
  const looks = heads[head] ?? [];
  const count = reading.tokens.length;
  const first = Math.max(count - MAX_DRAWN, 0);
  const at = place ?? count - 1;
  const strongest = (looks[at] ?? []).reduce((best, share, other, all) => (share > (all[best] ?? 0) ? other : best), 0);
  const nameOf = (number: number): string => nameToken(reading.tokens[number]?.token ?? "");
  return (
    <section class="card" aria-label="Attention between the tokens">
      <div class="choices">
        <label>
          <span>Layer</span>
          <select value={layer} onChange={(event) => setQuery({ attention: event.currentTarget.value })}>
            {attention.map((_, number) => (
              <option key={number} value={number}>
                {number + 1}
              </option>
            ))}
          </select>
        </label>
        <div class="choices" role="group" aria-label="Head">
          {heads.map((_, number) => (
            <button key={number} class="small" aria-pressed={number === head} onClick={() => setQuery({ head: String(number) })}>
              head {number + 1}
            </button>
          ))}
        </div>
      </div>
      <div class="scroll high" tabIndex={0} role="region" aria-label="Lines of attention">
        <LookLines looks={looks} first={first} at={place} names={reading.tokens.map((_, number) => nameOf(number))} onChoose={onChoose} />
      </div>
      <p class="muted" role="status">
        <code>{nameOf(at)}</code> looks most at <code>{nameOf(strongest)}</code>, with {formatPercent(looks[at]?.[strongest] ?? 0)} of its attention in head {head + 1} of
        layer {layer + 1}.{first > 0 && ` The last ${MAX_DRAWN} of ${count} tokens are drawn.`}
      </p>
    </section>
  );
}

interface LinesProps {
  looks: number[][];
  /** The first token that is drawn. */
  first: number;
  /** The token whose lines are drawn; undefined: those of all. */
  at: number | undefined;
  names: string[];
  onChoose: (place: number) => void;
}

function LookLines({ looks, first, at, names, onChoose }: LinesProps) {
  const drawing = useRef<SVGSVGElement>(null);
  const shown = names.slice(first);
  const heightOf = (number: number): number => (number - first) * ROW + ROW / 2;
  const lines = looks.flatMap((row, from) =>
    from < first || (at !== undefined && from !== at) ? [] : row.flatMap((share, to) => (to < first || share < MIN_SHARE ? [] : [{ from, to, share }])),
  );
  return (
    <svg
      ref={drawing}
      class="looks"
      viewBox={`0 0 ${WIDTH} ${shown.length * ROW}`}
      style={{ height: `${shown.length * ROW}px` }}
      role="img"
      aria-label={`Lines from each of ${shown.length} tokens, on the right, to those that it looks at, on the left; the thicker, the more.`}
      onClick={(event) => {
        const box = drawing.current?.getBoundingClientRect();
        if (box) onChoose(clampTo(first + Math.floor(((event.clientY - box.top) / box.height) * shown.length), names.length));
      }}
    >
      {lines.map(({ from, to, share }) => (
        <line key={`${from} ${to}`} x1={LEFT} y1={heightOf(to)} x2={RIGHT} y2={heightOf(from)} stroke-opacity={Math.min(0.12 + share, 1)} stroke-width={0.6 + 5 * share} />
      ))}
      {shown.map((name, number) => (
        <g key={number} class={number + first === at ? "chosen" : undefined}>
          <text x={LEFT - 8} y={number * ROW + ROW / 2} text-anchor="end">
            {name}
          </text>
          <text x={RIGHT + 8} y={number * ROW + ROW / 2}>
            {name}
          </text>
        </g>
      ))}
    </svg>
  );
}

const clampTo = (number: number, count: number): number => Math.min(Math.max(Number.isFinite(number) ? Math.floor(number) : 0, 0), Math.max(count - 1, 0));
