// Steps of the training of a net that writes on one token: tokens, embedding, attention, logits, loss, gradients.
import type { TokenTrace } from "../api/shapes";
import { formatCount, formatNumber, formatPercent } from "../shell/format";
import { nameToken } from "../shell/plainText";
import { setQuery } from "../shell/route";
import { chooseHead } from "./chooseHead";
import { GradientTable } from "./gradientTable";
import { TotalRow } from "./passes";
import { nameTokenLayer } from "./tokenLayers";

interface Props {
  trace: TokenTrace;
}

const MAX_TOKENS_LISTED = 24;
const NUMBERS_SHOWN = 4;
const LOOKS_SHOWN = 8;

export const nameFeature = (feature: number): string => `feature ${feature + 1}`;

export function TokensStep({ trace }: Props) {
  const shown = trace.tokens.slice(-MAX_TOKENS_LISTED);
  return (
    <>
      <p>
        A net only takes numbers, so the text is cut into tokens, and each is known by its number in the vocabulary of{" "}
        {formatCount(trace.vocabulary)}. The net reads at most {formatCount(trace.context)} of them, its context.
      </p>
      <ul class="numbers">
        {shown.length < trace.tokens.length && <li class="muted">{formatCount(trace.tokens.length - shown.length)} before, and</li>}
        {shown.map(({ id, token }, place) => (
          <li key={place}>
            <code>{nameToken(token)}</code> <b>{id}</b>
          </li>
        ))}
      </ul>
      <p>
        It is to expect the token that follows, <code>{nameToken(trace.expected.token)}</code>, number <b>{trace.expected.id}</b>. In training every token of a window is
        such a target at the same time; here we follow this one.
      </p>
    </>
  );
}

export function EmbeddingStep({ trace }: Props) {
  const { token_vector, position_vector, runs } = trace.embedding;
  const sum = trace.layers[0];
  const last = trace.tokens.at(-1);
  const endOf = (length: number): string => trace.tokens.slice(-length).map(({ token }) => nameToken(token)).join("");
  const rows: [string, (number | null)[]][] = [
    [`token ${nameToken(last?.token ?? "")}`, token_vector],
    ...(position_vector ? [[`position ${trace.tokens.length}`, position_vector] as [string, (number | null)[]]] : []),
    ...runs.map(({ length, values }): [string, (number | null)[]] => [`together ${endOf(length)}`, values]),
  ];
  return (
    <>
      <p>
        Each token has a vector of {formatCount(sum?.units ?? 0)} numbers, which are learned like all weights: tokens that are used alike get vectors that are alike.
        {position_vector ? " A second vector says at which position it stands." : " How far away a token is, attention sees by itself."}
        {runs.length > 0 && " Further ones stand for the last tokens together."} The net goes on with the sum.
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-label="The vectors and their sum">
        <table class="terms">
          <thead>
            <tr>
              <th scope="col">Vector of</th>
              {Array.from({ length: Math.min(NUMBERS_SHOWN, token_vector.length) }, (_, n) => (
                <th scope="col" key={n}>
                  {n + 1}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[...rows, ["sum", sum?.outputs ?? []] as const].map(([name, values], n) => (
              <tr key={name} class={n === rows.length ? "strong" : ""}>
                <th scope="row">{name}</th>
                {values.slice(0, NUMBERS_SHOWN).map((value, place) => (
                  <td class="number" key={place}>
                    {formatNumber(value, 3)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

export function AttentionStep({ trace }: Props) {
  const { layers, layer, head, shares } = chooseHead(trace);
  const order = shares.map((_, place) => place).toSorted((a, b) => (shares[b] ?? 0) - (shares[a] ?? 0));
  const shown = order.slice(0, LOOKS_SHOWN);
  const rest = 1 - shown.reduce((sum, place) => sum + (shares[place] ?? 0), 0);
  const most = Math.max(shares[shown[0] ?? 0] ?? 0, 1e-12);
  const last = trace.tokens.length - 1;
  const nameDistance = (place: number): string => (place === last ? "itself" : place === last - 1 ? "the one before" : `${last - place} before`);
  return (
    <>
      <p>
        The position makes a query, and every position up to it a key and a value. How well a key fits the query says, by a softmax, how much of that position’s value is
        taken. Each head looks for something else.
      </p>
      <div class="choices">
        <label>
          <span>Layer</span>
          <select value={layer} onChange={(event) => setQuery({ attention: event.currentTarget.value })}>
            {layers.map((_, number) => (
              <option key={number} value={number}>
                {number + 1}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>Head</span>
          <select value={head} onChange={(event) => setQuery({ head: event.currentTarget.value })}>
            {layers[layer]?.attention?.map((_, number) => (
              <option key={number} value={number}>
                {number + 1}
              </option>
            ))}
          </select>
        </label>
      </div>
      <ul class="bars" aria-label="The tokens that it looks at most">
        {shown.map((place) => (
          <li key={place}>
            <bdi class="value">
              <code>{nameToken(trace.tokens[place]?.token ?? "")}</code> <span class="muted">{nameDistance(place)}</span>
            </bdi>
            <span class="bar" style={{ width: `${(100 * (shares[place] ?? 0)) / most}%` }} aria-hidden="true" />
            <span class="muted number">{formatPercent(shares[place] ?? 0, 1)}</span>
          </li>
        ))}
      </ul>
      {rest > 5e-4 && <p class="muted">All others together: {formatPercent(rest, 1)}.</p>}
    </>
  );
}

export function TokenForwardStep({ trace }: Props) {
  const logit = trace.logits.find(({ id }) => id === trace.expected.id)?.logit ?? null;
  const shown = trace.terms.reduce((sum, { value, weight }) => sum + (value ?? 0) * (weight ?? 0), trace.bias ?? 0);
  const hidden = trace.features - trace.terms.length;
  return (
    <>
      <p>
        Block by block the vector is normalized, goes through attention or through dense layers (feed-forward), and what they make is added to it: a residual connection.
        The output layer then multiplies its {formatCount(trace.features)} features by the weights of each token. For <code>{nameToken(trace.expected.token)}</code>:
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-label="Terms of the logit">
        <table class="terms">
          <thead>
            <tr>
              <th scope="col">Input</th>
              <th scope="col">value</th>
              <th scope="col">× weight</th>
              <th scope="col">=</th>
            </tr>
          </thead>
          <tbody>
            {trace.terms.map(({ feature, value, weight }) => (
              <tr key={feature}>
                <th scope="row">{nameFeature(feature)}</th>
                <td class="number">{formatNumber(value, 3)}</td>
                <td class="number">{formatNumber(weight, 3)}</td>
                <td class="number">{formatNumber((value ?? 0) * (weight ?? 0), 3)}</td>
              </tr>
            ))}
            {hidden > 0 && <TotalRow name={`and ${formatCount(hidden)} smaller ones`} value={(logit ?? 0) - shown} />}
            <TotalRow name="bias" value={trace.bias ?? 0} />
            <TotalRow name="logit" value={logit ?? 0} strong />
          </tbody>
        </table>
      </div>
    </>
  );
}

export function TokenLossStep({ trace }: Props) {
  const probability = trace.logits.find(({ id }) => id === trace.expected.id)?.probability ?? 0;
  const naive = Math.log(trace.vocabulary);
  return (
    <>
      <div class="comparison">
        <div>
          <span class="muted">probability of <code>{nameToken(trace.expected.token)}</code></span>
          <b>{formatPercent(probability, 1)}</b>
        </div>
        <div>
          <span class="muted">loss, in nats</span>
          <b class="amber">{formatNumber(trace.loss, 4)}</b>
        </div>
      </div>
      <p>
        The softmax makes probabilities of the logits: e to the power of each, divided by the sum of all. The loss is minus the logarithm of the probability of the token that
        follows: −ln {formatNumber(probability, 3)} = {formatNumber(trace.loss, 3)}. A net that knows nothing has −ln(1/{formatCount(trace.vocabulary)}) ={" "}
        {formatNumber(naive, 3)}.
      </p>
      <ExpectedToken trace={trace} />
    </>
  );
}

function ExpectedToken({ trace, isBackward = false }: Props & { isBackward?: boolean }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={isBackward ? "Gradients of the logits" : "Logits and probabilities"}>
      <table class="terms">
        <thead>
          <tr>
            <th scope="col">Token</th>
            {!isBackward && <th scope="col">logit</th>}
            <th scope="col">probability</th>
            {isBackward && <th scope="col">− target</th>}
            {isBackward && <th scope="col">= gradient</th>}
          </tr>
        </thead>
        <tbody>
          {trace.logits.map(({ id, token, logit, probability, gradient }) => (
            <tr key={id} class={id === trace.expected.id ? "strong" : ""}>
              <th scope="row">
                <code>{nameToken(token)}</code> {id === trace.expected.id && <span class="muted">follows</span>}
              </th>
              {!isBackward && <td class="number">{formatNumber(logit, 3)}</td>}
              <td class="number">{formatNumber(probability, 3)}</td>
              {isBackward && <td class="number">{id === trace.expected.id ? 1 : 0}</td>}
              {isBackward && <td class="number">{formatNumber(gradient, 3)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function TokenBackwardStep({ trace }: Props) {
  return (
    <>
      <p>
        Softmax and cross-entropy together have a simple gradient: by each logit it is the token’s probability, less 1 for the token that follows.
      </p>
      <ExpectedToken trace={trace} isBackward />
      <p>
        The chain rule propagates it back through all layers, and through attention to the tokens that were looked at. Each layer that learns gets the gradient of its
        weights:
      </p>
      <GradientTable
        heading="Layer"
        label="Gradients of the layers"
        learningRate={trace.update.learning_rate}
        layers={trace.layers
          .filter(({ weight_norm }) => weight_norm !== null)
          .map((layer) => ({ name: nameTokenLayer(trace, layer), gradient: layer.gradient_norm, weights: layer.weight_norm }))}
      />
    </>
  );
}
