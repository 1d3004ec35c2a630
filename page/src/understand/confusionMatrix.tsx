// Confusion matrix: actual classes down, predicted classes across; correct predictions on the diagonal.
import { Term } from "../help/term";
import { formatCount } from "../shell/format";
import { route, setQuery } from "../shell/route";
import type { PictureSource } from "../shell/rowPicture";
import { ConfusionMap } from "./confusionMap";
import { ConfusionPictures } from "./confusionPictures";

/** The most classes in a matrix; of more, those with the most mistakes are shown. */
const MAX_CLASSES = 24;
/** From so many classes on the matrix takes more than a third of the width. */
const MIN_WIDE = 5;
/** Up to so many classes two thirds of it are enough. */
const MAX_WIDE = 12;
const MAX_PAIRS = 10;

interface Props {
  labels: string[];
  counts: number[][];
}

/** The pictures that a cell shows when it is pressed. */
interface Pictures {
  job: string;
  model: string;
  split: string;
  source: PictureSource;
}

export function ConfusionMatrix({ labels, counts, pictures }: Props & { pictures: Pictures | undefined }) {
  const classes = selectClasses(counts);
  const hidden = labels.length - classes.length;
  const cell = parseCell(route.value.query.get("cell"), labels.length);
  return (
    <section class={`card ${classes.length > MAX_WIDE ? "whole" : classes.length >= MIN_WIDE ? "wide" : ""}`} aria-labelledby="confusion">
      <header>
        <h3 id="confusion">
          <Term>Confusion matrix</Term>
        </h3>
        <span class="muted">which classes it mistakes for which{pictures && "; press a number to see its pictures"}</span>
      </header>
      <div class="scroll high" tabIndex={0} role="region" aria-label="Confusion matrix, rows by class">
        <table class="confusion">
          <thead>
            <tr>
              <td class="muted">
                actual ↓ <br />
                predicted →
              </td>
              {classes.map((n) => (
                <th key={n} scope="col">
                  <bdi class="clip" title={labels[n]}>
                    {labels[n]}
                  </bdi>
                </th>
              ))}
              {hidden > 0 && <th scope="col">others</th>}
            </tr>
          </thead>
          <tbody>
            {classes.map((i) => (
              <MatrixRow key={i} label={labels[i] ?? ""} counts={counts[i] ?? []} own={i} classes={classes} hasOthers={hidden > 0} isOpen={pictures !== undefined} />
            ))}
          </tbody>
        </table>
      </div>
      {pictures && cell && (
        <ConfusionPictures
          {...pictures}
          actual={labels[cell.i] ?? ""}
          predicted={labels[cell.j] ?? ""}
          count={counts[cell.i]?.[cell.j] ?? 0}
        />
      )}
      {hidden > 0 && (
        <div class="confusion-overview">
          <ConfusionMap labels={labels} counts={counts} />
          <MistakenPairs labels={labels} counts={counts} shown={classes.length} />
        </div>
      )}
    </section>
  );
}

interface MatrixRowProps {
  label: string;
  counts: number[];
  own: number;
  classes: number[];
  hasOthers: boolean;
  /** Whether the numbers can be pressed. */
  isOpen: boolean;
}

function MatrixRow({ label, counts, own, classes, hasOthers, isOpen }: MatrixRowProps) {
  const sum = Math.max(counts.reduce((total, count) => total + count, 0), 1);
  const others = sum - classes.reduce((total, n) => total + (counts[n] ?? 0), 0);
  const cells = [...classes.map((n) => [counts[n] ?? 0, n === own] as const), ...(hasOthers ? [[Math.max(others, 0), false] as const] : [])];
  return (
    <tr>
      <th scope="row">
        <bdi class="clip" title={label}>
          {label}
        </bdi>
      </th>
      {cells.map(([count, isOwn], n) => (
        <td
          key={n}
          class={`number ${count === 0 ? "none" : isOwn ? "correct" : "incorrect"}`}
          style={{ "--share": String(count / sum) }}
        >
          {isOpen && count > 0 && n < classes.length ? (
            <CellButton name={`${own},${classes[n]}`} count={count} />
          ) : (
            count
          )}
        </td>
      ))}
    </tr>
  );
}

function CellButton({ name, count }: { name: string; count: number }) {
  const isPressed = route.value.query.get("cell") === name;
  return (
    <button class="quiet cell" aria-pressed={isPressed} onClick={() => setQuery({ cell: isPressed ? null : name })}>
      {count}
    </button>
  );
}

/** The numbers of the actual and the predicted class in the address. */
function parseCell(text: string | null, classes: number): { i: number; j: number } | undefined {
  const match = /^(\d{1,6}),(\d{1,6})$/.exec(text ?? "");
  const [i, j] = [Number(match?.[1]), Number(match?.[2])];
  return match && i < classes && j < classes ? { i, j } : undefined;
}

/** The classes that are mistaken for each other most often, where not all are in the matrix. */
function MistakenPairs({ labels, counts, shown }: Props & { shown: number }) {
  const pairs = counts
    .flatMap((row, i) => row.map((count, j) => ({ i, j, count })))
    .filter(({ i, j, count }) => i !== j && count > 0)
    .toSorted((a, b) => b.count - a.count);
  const all = route.value.query.has("pairs");
  return (
    <div>
      <p class="muted">
        showing the {shown} classes with the most mistakes of {formatCount(labels.length)}. Most frequent mistakes:
      </p>
      <ul class="numbers">
        {pairs.slice(0, all ? MAX_PAIRS * 10 : MAX_PAIRS).map(({ i, j, count }) => (
          <li key={`${i} ${j}`}>
            {labels[i]} predicted as {labels[j]} <b>{formatCount(count)}</b>
          </li>
        ))}
      </ul>
      {pairs.length > MAX_PAIRS && (
        <button class="small more" onClick={() => setQuery({ pairs: all ? null : "all" })}>
          {all ? "Show fewer" : "Show more"}
        </button>
      )}
    </div>
  );
}

/** The classes to show, in their order: all, or those with the most mistakes as actual or predicted class. */
function selectClasses(counts: number[][]): number[] {
  const mistakes = counts.map(() => 0);
  counts.forEach((row, i) =>
    row.forEach((count, j) => {
      if (i === j) return;
      mistakes[i] = (mistakes[i] ?? 0) + count;
      mistakes[j] = (mistakes[j] ?? 0) + count;
    }),
  );
  return mistakes
    .map((count, n) => ({ n, count }))
    .toSorted((a, b) => b.count - a.count || a.n - b.n)
    .slice(0, MAX_CLASSES)
    .map(({ n }) => n)
    .toSorted((a, b) => a - b);
}
