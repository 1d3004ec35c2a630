// Steps that concern the whole net: encoding, loss and weight update.
import type { Trace } from "../api/shapes";
import { LOSSES } from "../api/choices";
import { formatCell, formatChange, formatCount, formatNumber, formatPercent, shorten, toWords } from "../shell/format";
import { PictureInput } from "../pictures/pictureInput";
import type { Pictures } from "../pictures/usePictures";
import { PixelPicture } from "../shell/pixelPicture";
import { brightnessOf, type Pixels } from "../shell/pixels";
import { route, setQuery } from "../shell/route";

const MAX_INPUTS_SHOWN = 12;
const MAX_CELLS_LISTED = 100;

interface EncodingProps {
  trace: Trace;
  target: string;
  pictures: Pictures;
  /** The columns that are the pixels of a picture. */
  pixels: Pixels | undefined;
}

export function EncodingStep({ trace, target, pictures, pixels }: EncodingProps) {
  const images = Object.keys(pictures.cells);
  const cells = Object.entries(trace.row).filter(([name]) => name !== target && !images.includes(name));
  const isFeature = (name: string): boolean => images.some((image) => /^map \d/.test(name) || name.startsWith(`${image} feature `));
  const encoded = trace.encoded.filter(({ name }) => !isFeature(name));
  const features = trace.encoded.length - encoded.length;
  const isAll = route.value.query.has("cells");
  return (
    <>
      <p>
        A net only takes numbers, so every column is encoded: numbers are centred and scaled, each category becomes an input
        of its own (one-hot), and a missing value sets a flag.
      </p>
      {images.map((name) => (
        <div key={name} class="field">
          <label for={`tour-${name}`}>{shorten(name)}</label>
          <PictureInput id={`tour-${name}`} name={name} value={pictures.cells[name] ?? null} onChange={(value) => pictures.set(name, value)} />
          <p class="muted">
            Each pixel is a number from 0 to 255 for each colour; scaled, they have the mean 0 and the deviation 1. Try a picture of your own: its
            class is still taken to be {shorten(String(trace.expected))}.
          </p>
        </div>
      ))}
      {pixels && (
        <div class="pixel-row">
          <PixelPicture brightness={brightnessOf(pixels, trace.row)} side={pixels.side} alt="The pixels of the row" />
        </div>
      )}
      <table>
        <tbody>
          {cells.slice(0, isAll ? MAX_CELLS_LISTED : MAX_INPUTS_SHOWN).map(([name, value]) => (
            <tr key={name}>
              <th scope="row" title={name}>
                <bdi>{shorten(name)}</bdi>
              </th>
              <td class="number">{shorten(formatCell(value), 60)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {cells.length > MAX_INPUTS_SHOWN && (
        <button class="small" onClick={() => setQuery({ cells: isAll ? null : "all" })}>
          {isAll ? "Show fewer" : `Show ${Math.min(cells.length, MAX_CELLS_LISTED)} of ${cells.length} columns`}
        </button>
      )}
      {(encoded.length > 0 || features > 0) && <p class="muted">is encoded as</p>}
      <ul class="numbers">
        {encoded.slice(0, MAX_INPUTS_SHOWN).map(({ name, value }) => (
          <li key={name}>
            <bdi class="muted" title={name}>{shorten(name)}</bdi> <b>{formatNumber(value, 3)}</b>
          </li>
        ))}
        {encoded.length > MAX_INPUTS_SHOWN && <li class="muted">and {encoded.length - MAX_INPUTS_SHOWN} more</li>}
        {features > 0 && <li class="muted">{formatCount(features)} features of the picture: see the feature maps</li>}
      </ul>
    </>
  );
}

export function LossStep({ trace, target }: { trace: Trace; target: string }) {
  const { prediction, expected } = trace;
  const probability = prediction.probabilities?.[String(expected)];
  return (
    <>
      <div class="comparison">
        <div>
          <span class="muted">prediction</span>
          <b>{prediction.label === undefined ? formatNumber(prediction.value) : shorten(prediction.label)}</b>
        </div>
        <div>
          <span class="muted">actual {shorten(target)}</span>
          <b>{typeof expected === "number" ? formatNumber(expected) : shorten(String(expected))}</b>
        </div>
        <div>
          <span class="muted">loss</span>
          <b class="amber">{formatNumber(trace.loss, 4)}</b>
        </div>
      </div>
      <p>
        {probability === undefined
          ? `The residual, actual minus predicted, is ${formatNumber(Number(expected) - (prediction.value ?? 0))}.`
          : `It gave the correct answer, ${shorten(String(expected))}, a probability of ${formatPercent(probability, 1)}.`}{" "}
        The loss says in one number how wrong that is; training makes it smaller.
        {probability === undefined &&
          ` It is measured in standardised units, in which the target is ${formatNumber(trace.target, 3)}.`}
      </p>
      <p class="muted">
        <strong>{toWords(trace.loss_name)}</strong> {LOSSES[trace.loss_name]}
      </p>
    </>
  );
}

/** The cells of a weight before, its gradient, its change and after, with the digits that the change needs. */
function showChange(weight: number, step: number, gradient: number) {
  const [before, after] = formatChange(weight, weight - step);
  return (
    <>
      <td class="number">{before}</td>
      <td class="number">{formatNumber(gradient, 3)}</td>
      <td class={`number ${step < 0 ? "up" : step > 0 ? "down" : ""}`}>{formatSigned(-step)}</td>
      <td class="number">{after}</td>
    </>
  );
}

const formatSigned = (change: number): string => (change > 0 ? `+${formatNumber(change, 3)}` : formatNumber(change, 3));

interface UpdateProps {
  update: Trace["update"];
  /** The loss before the step. */
  loss: number | null;
  /** Some weights, each by what it is multiplied with. */
  terms: { name: string; weight: number; gradient: number }[];
  /** What the step learns from. */
  subject?: string;
}

export function UpdateStep({ update, loss, terms, subject = "row" }: UpdateProps) {
  const [lossBefore, lossAfter] = formatChange(loss ?? 0, update.loss_after ?? 0);
  const isLower = (update.loss_after ?? Infinity) <= (loss ?? Infinity);
  return (
    <>
      <p>
        Every weight moves a small step against its gradient: the gradient times the learning rate,{" "}
        {formatNumber(update.learning_rate)}. The table shows this plain step; {update.optimizer} scales it for each weight.
      </p>
      <div class="scroll" tabIndex={0} role="region" aria-label="Weights before and after">
      <table class="terms">
        <thead>
          <tr>
            <th scope="col">Weight of</th>
            <th scope="col">was</th>
            <th scope="col">gradient</th>
            <th scope="col">change</th>
            <th scope="col">becomes</th>
          </tr>
        </thead>
        <tbody>
          {terms.map((term) => (
            <tr key={term.name}>
              <th scope="row" title={term.name}>{shorten(term.name)}</th>
              {showChange(term.weight, update.learning_rate * term.gradient, term.gradient)}
            </tr>
          ))}
        </tbody>
      </table>
      </div>
      <div class="comparison">
        <div>
          <span class="muted">loss before</span>
          <b class="amber">{loss == null ? "–" : lossBefore}</b>
        </div>
        <div>
          <span class="muted">loss after this step</span>
          <b class={isLower ? "blue" : "amber"}>{update.loss_after == null ? "–" : lossAfter}</b>
        </div>
      </div>
      <p>
        {isLower
          ? `The loss is lower. Training repeats this for every batch of ${subject}s, epoch after epoch.`
          : `The loss is higher: for this ${subject} the step was too large. Over many ${subject}s such steps must average out.`}
      </p>
    </>
  );
}
