// Some held-out rows, and how probable the net finds the class that each of them is.
import type { Prediction, Row } from "../api/shapes";
import { formatPercent, shorten } from "../shell/format";
import { RowPicture, type PictureSource } from "../shell/rowPicture";

export interface ExampleRow {
  /** Its number in the dataset, from 1. */
  row: number;
  cells: Row;
}

interface Props {
  examples: ExampleRow[];
  predictions: Prediction[];
  target: string;
  source: PictureSource | undefined;
}

const MAX_CELLS = 3;

export function PredictedExamples({ examples, predictions, target, source }: Props) {
  const right = examples.filter(({ cells }, n) => String(cells[target]) === predictions[n]?.label).length;
  return (
    <>
      <ol class="held-out" aria-label={`Held-out rows, ${right} of ${examples.length} of them right`}>
        {examples.map(({ row, cells }, n) => {
          const actual = String(cells[target]);
          const { label = "", probabilities } = predictions[n] ?? {};
          const share = probabilities?.[actual] ?? 0;
          const isRight = label === actual;
          return (
            <li key={row}>
              {source ? <RowPicture source={source} row={row} cells={cells} alt={`row ${row}, ${actual}`} /> : <span class="cells muted">{summarize(cells, target)}</span>}
              <span class="actual">
                <bdi title={actual}>{shorten(actual, 18)}</bdi> <b class="number">{formatPercent(share)}</b>
              </span>
              <span class="track" aria-hidden="true">
                <span class={`bar ${isRight ? "right" : "wrong"}`} style={{ width: `${share * 100}%` }} />
              </span>
              <span class={isRight ? "muted" : "wrong-label"}>{isRight ? "right" : `says ${shorten(label, 18)}`}</span>
            </li>
          );
        })}
      </ol>
      <p class="muted">
        {right} of {examples.length} held-out rows are predicted right. The bar is the probability of the class that the row is.
      </p>
    </>
  );
}

const summarize = (cells: Row, target: string): string =>
  Object.entries(cells)
    .filter(([name]) => name !== target)
    .slice(0, MAX_CELLS)
    .map(([name, value]) => `${shorten(name, 14)} ${shorten(String(value ?? "–"), 10)}`)
    .join(", ");
