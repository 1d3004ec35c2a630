// One batch of predictions: how far it is, its errors, its first rows, and its files.
import { useState } from "preact/hooks";
import { encodeSegment, isAllowed, post } from "../api/client";
import type { Batch, Dataset } from "../api/shapes";
import { useAction } from "../api/useAction";
import { useFetch } from "../api/useFetch";
import { DeleteButton } from "../lists/deleteButton";
import { StatusBadge } from "../lists/jobRows";
import { formatAge, formatCount, formatPercent, formatRows } from "../shell/format";
import { Icon } from "../shell/icon";
import { ErrorNotice } from "../shell/notices";
import { BatchErrors } from "./batchErrors";
import { OutputPreview } from "./outputPreview";
import { batchPath, FORMATS, isActive, saveOutput, type BatchFormat } from "./saveOutput";

interface Props {
  batch: Batch;
  /** Batches of the same model. */
  others: Batch[];
  /** Whether its first rows are shown at once. */
  isOpen: boolean;
  onChange: () => void;
}

export function BatchItem({ batch, others, isOpen, onChange }: Props) {
  const dataset = useFetch<Dataset>(isAllowed("read") ? `/v1/datasets/${encodeSegment(batch.dataset_id)}` : null).value;
  const name = dataset?.name ?? batch.dataset_id;
  const fileName = `${name.replace(/\.[^.]+$/, "")}-predictions`;
  const { isBusy, problem, setProblem, run } = useAction(onChange);
  const [chosen, setChosen] = useState<BatchFormat>();
  const save = (format: BatchFormat): void => {
    setChosen(format);
    run(() => saveOutput(batch, format, others, fileName));
  };

  return (
    <li class="batch" aria-label={`Predictions of ${name}`}>
      <header>
        <h3>
          <bdi>{name}</bdi>
        </h3>
        <StatusBadge status={batch.status} />
        <span class="muted">
          {formatRows(batch.rows)} · {FORMATS[batch.format]}
          {batch.interval !== null && ` · coverage ${formatPercent(batch.interval)}`} · {formatAge(batch.created_at)}
        </span>
        {!isActive(batch) && (
          <DeleteButton path={batchPath(batch)} scope="predict" name={`the predictions of ${name}`} onDeleted={onChange} onProblem={setProblem} />
        )}
      </header>
      {isActive(batch) && <BatchProgress batch={batch} name={name} onCancel={() => run(() => post(`${batchPath(batch)}/cancel`))} />}
      {batch.warnings.map((warning) => (
        <p key={warning} class="caution">
          {warning}
        </p>
      ))}
      {batch.error && <ErrorNotice problem={batch.error} />}
      <BatchErrors batch={batch} name={fileName} />
      {batch.status === "succeeded" && (
        <>
          <div class="buttons">
            {(Object.keys(FORMATS) as BatchFormat[]).map((format) => (
              <button
                key={format}
                class={format === batch.format ? "small main" : "small"}
                disabled={isBusy || (format !== batch.format && !isAllowed("predict"))}
                onClick={() => save(format)}
              >
                <Icon name="file" /> {isBusy && chosen === format ? "Saving …" : `Save as ${FORMATS[format]}`}
              </button>
            ))}
          </div>
          {batch.format !== "parquet" && <Preview batch={batch} name={name} isOpen={isOpen} />}
        </>
      )}
      {problem && <ErrorNotice problem={problem} />}
    </li>
  );
}

function BatchProgress({ batch, name, onCancel }: { batch: Batch; name: string; onCancel: () => void }) {
  const share = batch.rows ? batch.rows_done / batch.rows : 0;
  return (
    <div class="batch-progress">
      <progress aria-label={`Predicting ${name}`} value={share} max={1} />
      <span class="muted number">
        {formatCount(batch.rows_done)} of {formatRows(batch.rows)}
      </span>
      {isAllowed("predict") && (
        <button class="small" onClick={onCancel}>
          <Icon name="cross" /> Cancel
        </button>
      )}
    </div>
  );
}

/** The first rows, which are fetched when they are wanted. */
function Preview({ batch, name, isOpen }: { batch: Batch; name: string; isOpen: boolean }) {
  const [isShown, setIsShown] = useState(isOpen);
  return (
    <details open={isShown} onToggle={(event) => setIsShown(event.currentTarget.open)}>
      <summary>First predictions</summary>
      {isShown && <OutputPreview batch={batch} name={name} />}
    </details>
  );
}
