// Form for one row, built from the model's schema: predicts while one types, and explains the prediction.
import { useMemo } from "preact/hooks";
import { useFetch } from "../api/useFetch";
import { encodeSegment } from "../api/client";
import type { ExplanationResponse, Model, PredictionResponse, Row, RowSchema } from "../api/shapes";
import { useRefetch } from "../api/useRefetch";
import { formatPointer } from "../shell/format";
import { ErrorNotice, Loading } from "../shell/notices";
import { setQuery, route } from "../shell/route";
import { CodeSnippets } from "./codeSnippets";
import { InputField } from "./inputField";
import { Contributions } from "./contributions";
import { PredictionResult } from "./predictionResult";

export function PredictForm({ model }: { model: Model }) {
  const path = `/v1/models/${encodeSegment(model.id)}`;
  const schema = useFetch<RowSchema>(`${path}/schema`);
  const rowParam = route.value.query.get("row");
  const row = useMemo(() => ({ ...schema.value?.examples[0], ...parseRow(rowParam) }), [schema.value, rowParam]);
  const body = schema.value ? JSON.stringify(row) : null;
  const prediction = useRefetch<PredictionResponse>(body && `${path}/predict`, "", false, body ?? undefined);
  const explanations = useRefetch<ExplanationResponse>(body && `${path}/explain`, "", false, body ?? undefined);

  if (schema.problem) return <ErrorNotice problem={schema.problem} retry={schema.refetch} />;
  if (!schema.value) return <Loading />;
  const explanation = explanations.value?.explanations[0];
  const errors = new Map(prediction.problem?.errors.map(({ pointer, detail, suggestion }) => [formatPointer(pointer), [detail, suggestion].filter(Boolean).join(". ")]));
  const [example] = schema.value.examples;
  const validRow = Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, errors.has(name) ? (example?.[name] ?? null) : cell]));
  return (
    <>
      <div class="use-page">
        <section class="card" aria-labelledby="row">
          <header>
            <h2 id="row">Input row</h2>
            <button class="small quiet" disabled={!rowParam} onClick={() => setQuery({ row: null })}>
              Reset
            </button>
          </header>
          <div class="fields">
            {model.inputs.map((input) => (
              <InputField
                key={input.name}
                input={input}
                schema={schema.value?.properties[input.name] ?? {}}
                value={row[input.name] ?? null}
                error={errors.get(input.name)}
                warning={prediction.value?.warnings.find((warning) => warning.column === input.name)?.detail}
                onChange={(value) => setQuery({ row: JSON.stringify({ ...row, [input.name]: value }) })}
              />
            ))}
          </div>
        </section>
        <div class="answers">
          {prediction.problem && <ErrorNotice problem={prediction.problem} />}
          {prediction.value && !prediction.problem && <PredictionResult model={model} prediction={prediction.value} />}
          {explanation && !prediction.problem && !explanations.problem && <Contributions model={model} explanation={explanation} />}
        </div>
      </div>
      <CodeSnippets model={model} row={validRow} />
    </>
  );
}

function parseRow(text: string | null): Row {
  try {
    return JSON.parse(text ?? "{}") as Row;
  } catch {
    return {};
  }
}
