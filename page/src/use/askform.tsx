// A form for one row, made from the model's schema; it predicts while one types, and shows what moved the answer.
import { useMemo } from "preact/hooks";
import { useAnswer } from "../api/answer";
import { part } from "../api/ask";
import type { Explanation } from "../api/insight";
import { useKeptAnswer } from "../api/kept";
import type { Model, PredictionAnswer, Row, RowSchema } from "../api/shapes";
import { Trouble, Waiting } from "../shell/notice";
import { ask, route } from "../shell/route";
import { CodeLines } from "./codelines";
import { Field } from "./field";
import { Pushes } from "./pushes";
import { Result } from "./result";

export function Ask({ model }: { model: Model }) {
  const path = `/v1/models/${part(model.id)}`;
  const schema = useAnswer<RowSchema>(`${path}/schema`);
  const typed = route.value.query.get("row");
  const row = useMemo(() => ({ ...schema.value?.examples[0], ...parsed(typed) }), [schema.value, typed]);
  const body = schema.value ? JSON.stringify(row) : null;
  const prediction = useKeptAnswer<PredictionAnswer>(body && `${path}/predict`, "", false, body ?? undefined);
  const explained = useKeptAnswer<{ explanations: Explanation[] }>(body && `${path}/explain`, "", false, body ?? undefined);

  if (schema.problem) return <Trouble problem={schema.problem} again={schema.again} />;
  if (!schema.value) return <Waiting what="Fetching what it wants to know" />;
  const explanation = explained.value?.explanations[0];
  return (
    <>
      <div class="use-page">
        <section class="card" aria-labelledby="row">
          <header>
            <h2 id="row">A row</h2>
            <button class="small quiet" disabled={!typed} onClick={() => ask({ row: null })}>
              As it was
            </button>
          </header>
          <div class="fields">
            {model.inputs.map((input) => (
              <Field
                key={input.name}
                input={input}
                schema={schema.value?.properties[input.name] ?? {}}
                value={row[input.name] ?? null}
                warning={prediction.value?.warnings.find((warning) => warning.column === input.name)?.detail}
                set={(value) => ask({ row: JSON.stringify({ ...row, [input.name]: value }) })}
              />
            ))}
          </div>
        </section>
        <div class="answers">
          {prediction.problem && <Trouble problem={prediction.problem} />}
          {prediction.value && <Result model={model} prediction={prediction.value} />}
          {explanation && <Pushes model={model} explanation={explanation} />}
        </div>
      </div>
      <CodeLines model={model} row={row} />
    </>
  );
}

function parsed(text: string | null): Row {
  try {
    return JSON.parse(text ?? "{}") as Row;
  } catch {
    return {};
  }
}
