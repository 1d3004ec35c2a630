// Form for one row, built from the model's schema: predicts while one types, and explains the prediction.
import { useMemo, useState } from "preact/hooks";
import { useFetch } from "../api/useFetch";
import { encodeSegment, isAllowed } from "../api/client";
import type { ExplanationResponse, Model, PredictionResponse, Row, RowSchema } from "../api/shapes";
import { useDatasetRow } from "../api/useDatasetRow";
import { useRefetch } from "../api/useRefetch";
import { formatFault, formatPointer } from "../shell/format";
import { ErrorNotice, Loading } from "../shell/notices";
import { parseObject } from "../shell/parseObject";
import { setQuery, route } from "../shell/route";
import { usePictureSource } from "../shell/rowPicture";
import { CodeSnippets } from "./codeSnippets";
import { Contributions } from "./contributions";
import { DeletedModel } from "./deletedModel";
import { SaliencyCard } from "../pictures/saliencyCard";
import { InputFields } from "./inputFields";
import { MonitoringView } from "./monitoring";
import { PredictionResult } from "./predictionResult";
import { PromisedRange, readLevel } from "./promisedRange";
import { usePictures } from "../pictures/usePictures";

export function PredictForm({ model }: { model: Model }) {
  const path = `/v1/models/${encodeSegment(model.id)}`;
  const schema = useFetch<RowSchema>(`${path}/schema`);
  const { query } = route.value;
  const rowParam = query.get("row");
  const fromTable = useDatasetRow(model.dataset_id, query.get("from"));
  const base = useMemo(() => ({ ...schema.value?.examples[0], ...selectInputs(fromTable.row, model) }), [schema.value, fromTable.row]);
  const changes = useMemo(() => parseObject(rowParam) as Row, [rowParam]);
  const pictures = usePictures(model.dataset_id, model.inputs, query.get("from"));
  const { pixels } = usePictureSource(model.dataset_id) ?? {};
  const [drawn, setDrawn] = useState<Row>({}); // an address has no room for it
  const row = useMemo(() => ({ ...base, ...changes, ...drawn, ...pictures.cells }), [base, changes, drawn, pictures.cells]);
  const body = schema.value && !fromTable.isLoading ? JSON.stringify(row) : null;
  const prediction = useRefetch<PredictionResponse>(body && `${path}/predict`, "", false, body ?? undefined);
  const level = readLevel(query.get("interval"));
  const ranges = useRefetch<PredictionResponse>(body && level ? `${path}/predict?interval=${level}` : null, "", false, body ?? undefined);
  const explanations = useRefetch<ExplanationResponse>(body && !model.unavailable?.explanations ? `${path}/explain` : null, body ?? "", false, body ?? undefined);

  const isDeleted = [schema, prediction].some(({ problem }) => problem?.status === 404);
  if (isDeleted) return <DeletedModel dataset={model.dataset_id} target={model.target} />;
  if (schema.problem && !schema.value) return <ErrorNotice problem={schema.problem} retry={schema.refetch} />;
  if (!schema.value || !body) return <Loading />;
  const explanation = explanations.value?.explanations[0];
  // one of an earlier picture would lie over another
  const saliency = explanations.version === body ? explanation?.saliency : undefined;
  const picture = saliency && pictures.cells[saliency.column];
  const errors = new Map(prediction.problem?.errors.map((error) => [formatPointer(error.pointer), formatFault(error)]));
  const validRow = Object.fromEntries(
    Object.entries({ ...row, ...pictures.examples }).map(([name, cell]) => [name, errors.has(name) ? (base[name] ?? null) : cell]),
  );
  return (
    <>
      <div class="use-page">
        <section class="card" aria-labelledby="row">
          <header>
            <h2 id="row">Input row{query.has("from") && ` (row ${query.get("from")} of the table)`}</h2>
            <button class="small quiet" disabled={!rowParam && !query.has("from") && !pictures.isChosen && Object.keys(drawn).length === 0} onClick={() => {
                pictures.reset();
                setDrawn({});
                setQuery({ row: null, from: null });
              }}>
              Reset
            </button>
          </header>
          {fromTable.problem && <ErrorNotice problem={fromTable.problem} />}
          <InputFields
            model={model}
            schema={schema.value}
            row={row}
            pixels={pixels}
            onDraw={(cells) => setDrawn(selectInputs(cells, model))}
            errors={errors}
            warnings={prediction.problem ? [] : (prediction.value?.warnings ?? [])}
            onChange={(name, value) =>
              name in pictures.cells ? pictures.set(name, value) : setQuery({ row: JSON.stringify({ ...changes, [name]: value }) })
            }
          />
        </section>
        <div class="answers">
          {prediction.problem && <ErrorNotice problem={prediction.problem} />}
          {prediction.value && !prediction.problem && <PredictionResult model={model} prediction={prediction.value} />}
          {prediction.value && !prediction.problem && <PromisedRange level={level} answer={ranges.value} problem={ranges.problem} />}
          {explanation && saliency && typeof picture === "string" && !prediction.problem && (
            <SaliencyCard model={model} row={row} picture={picture} explanation={explanation} saliency={saliency} />
          )}
          {explanation && !prediction.problem && !explanations.problem && <Contributions explanation={explanation} images={new Set(Object.keys(pictures.cells))} />}
        </div>
      </div>
      <CodeSnippets model={model} action="predict" body={validRow} />
      {isAllowed("read") && <MonitoringView model={model} />}
    </>
  );
}

const selectInputs = (row: Row | undefined, model: Model): Row =>
  Object.fromEntries(model.inputs.filter(({ name }) => row && name in row).map(({ name }) => [name, row?.[name] ?? null]));
