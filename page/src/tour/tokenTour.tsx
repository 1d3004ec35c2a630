// One training step of a net that writes, on one token of a text: from its vector to its loss, and back.
import { encodeSegment } from "../api/client";
import type { Job, List, Row, TokenTrace } from "../api/shapes";
import { nameTargets } from "../api/targets";
import { useFetch } from "../api/useFetch";
import { useRefetch } from "../api/useRefetch";
import { ErrorNotice, Loading, WarningList } from "../shell/notices";
import { route, setQuery } from "../shell/route";
import { useDebouncedValue } from "../shell/useDebouncedValue";
import { NetChooser } from "./rowChooser";
import { StepFrame, useStep, type Step } from "./stepFrame";
import { UpdateStep } from "./steps";
import { TokenLayers } from "./tokenLayers";
import { AttentionStep, EmbeddingStep, TokenBackwardStep, TokenForwardStep, TokenLossStep, TokensStep, nameFeature } from "./tokenSteps";

const STEPS = [
  ["Tokens", "Encoding: the text as tokens", "the text"],
  ["Embedding", "Embedding: a vector for each token", "vectors"],
  ["Attention", "Attention: what a position takes from those before it", "context"],
  ["Forward pass", "Forward pass: from the vector to a logit for each token", "logits"],
  ["Loss", "Loss: how probable was the token that follows?", "feedback"],
  ["Backpropagation", "Backpropagation: the gradient of each layer", "gradients"],
  ["Weight update", "Weight update: a small step against the gradient", "improvement"],
] as const satisfies readonly Step[];
type StepName = (typeof STEPS)[number][0];
const MAX_ROWS = 20;
const MAX_CHARACTERS = 400;
const DEFAULT_CHARACTERS = 48;

export function TokenTour({ job }: { job: Job }) {
  const { query } = route.value;
  const rows = useFetch<List<Row>>(`/v1/datasets/${encodeSegment(job.spec.dataset_id)}/rows?limit=${MAX_ROWS}`);
  const beginning = rows.value && takeFirstWords(rows.value.data, nameTargets(job.spec));
  const text = query.get("sentence") ?? beginning ?? (rows.problem ? "The " : undefined);
  const asked = useDebouncedValue(text);
  const isNewest = query.get("epoch") !== "first";
  const { value: trace, problem } = useRefetch<TokenTrace>(
    asked ? `/v1/jobs/${encodeSegment(job.id)}/token-trace` : null,
    job.status,
    false,
    asked ? JSON.stringify({ text: asked, ...(isNewest ? {} : { epoch: 0 }) }) : undefined,
  );
  const hasAttention = !trace || trace.layers.some(({ type }) => type === "attention");
  const steps = STEPS.filter(([name]) => name !== "Attention" || hasAttention);
  const step = useStep(steps.length);
  const [name] = steps[step - 1] as (typeof STEPS)[number];
  const isAt = (...names: StepName[]): boolean => names.includes(name);

  if (problem && !trace) return <ErrorNotice problem={problem} />;
  if (!trace || text === undefined) return <Loading />;
  return (
    <>
      <div class="chooser choices">
        <label class="sentence">
          <span>Your text</span>
          <textarea
            rows={2}
            dir="auto"
            maxLength={MAX_CHARACTERS}
            value={text}
            onInput={(event) => setQuery({ sentence: event.currentTarget.value || null })}
          />
        </label>
        {trace.kept_epochs.includes(0) && <NetChooser isNewest={isNewest} epoch={trace.epoch} initial="newest" />}
      </div>
      {problem && <ErrorNotice problem={problem} />}
      <WarningList warnings={trace.warnings} />
      <StepFrame
        job={job}
        steps={steps}
        step={step}
        drawing={<TokenLayers trace={trace} isBackward={isAt("Backpropagation", "Weight update")} hasAttention={isAt("Attention")} />}
      >
        {isAt("Tokens") && <TokensStep trace={trace} />}
        {isAt("Embedding") && <EmbeddingStep trace={trace} />}
        {isAt("Attention") && <AttentionStep trace={trace} />}
        {isAt("Forward pass") && <TokenForwardStep trace={trace} />}
        {isAt("Loss") && <TokenLossStep trace={trace} />}
        {isAt("Backpropagation") && <TokenBackwardStep trace={trace} />}
        {isAt("Weight update") && (
          <UpdateStep
            update={trace.update}
            loss={trace.loss}
            terms={trace.terms.map(({ feature, weight, gradient }) => ({ name: nameFeature(feature), weight: weight ?? 0, gradient: gradient ?? 0 }))}
            subject="token"
          />
        )}
      </StepFrame>
    </>
  );
}

/** How the text begins, up to the end of a word. */
function takeFirstWords(rows: Row[], column: string): string {
  const text = rows.map((row) => row[column] ?? "").join("\n").trim().slice(0, DEFAULT_CHARACTERS);
  return /^.*\S(?=\s)/su.exec(text)?.[0] || text || "The ";
}
