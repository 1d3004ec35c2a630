// A prompt, and what the model writes on from it, as it comes; each token with what else might have come.
import { useState } from "preact/hooks";
import { encodeSegment } from "../api/client";
import type { Model } from "../api/shapes";
import { NextTokens } from "../language/nextTokens";
import { TokenText } from "../language/tokenText";
import { Icon } from "../shell/icon";
import { ErrorNotice } from "../shell/notices";
import { NumberField } from "../shell/numberField";
import { route, setQuery } from "../shell/route";
import { CodeSnippets } from "./codeSnippets";
import { DeletedModel } from "./deletedModel";
import { useWriting } from "./useWriting";

/** How many of the most probable tokens are told at each place. */
const TOP = 5;
const DEFAULTS = { temperature: 0.8, length: 300, seed: 0 };
const MAX_TEMPERATURE = 2;
const ENDS = { stop: "It ended by itself, or before the text to stop at.", length: "It has the length that was asked for.", time: "Its time was over." };

export function WriteForm({ model }: { model: Model }) {
  const { query } = route.value;
  const { writing, start, stop } = useWriting();
  const [chosen, setChosen] = useState<number>();
  const numberOf = (name: keyof typeof DEFAULTS): number => {
    const text = query.get(name);
    return text === null || !Number.isFinite(Number(text)) ? DEFAULTS[name] : Number(text);
  };
  const setNumber = (name: keyof typeof DEFAULTS, value: number): void => setQuery({ [name]: value === DEFAULTS[name] ? null : String(value) });
  const [temperature, seed] = [numberOf("temperature"), numberOf("seed")];
  const stopText = query.get("stop") ?? "";
  const body = {
    prompt: query.get("prompt") ?? "",
    max_tokens: numberOf("length"),
    temperature,
    seed,
    ...(stopText ? { stop: [stopText] } : {}),
  };
  const write = (): void => {
    setChosen(undefined);
    start(`/v1/models/${encodeSegment(model.id)}/generate`, { ...body, log_probabilities: TOP });
  };
  if (writing?.problem?.status === 404) return <DeletedModel dataset={model.dataset_id} target={model.target} />;
  return (
    <>
      <div class="use-page">
        <form
          class="card picks prompt"
          aria-labelledby="prompt-title"
          onSubmit={(event) => {
            event.preventDefault();
            write();
          }}
        >
          <h2 id="prompt-title">Prompt</h2>
          <textarea
            aria-labelledby="prompt-title"
            rows={4}
            dir="auto"
            placeholder="What is there already; empty: it begins anew"
            value={body.prompt}
            onInput={(event) => setQuery({ prompt: event.currentTarget.value || null })}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
              event.preventDefault();
              write();
            }}
          />
          <div class="fields">
            <div class="field">
              <label for="temperature">Temperature</label>
              <div class="slide">
                <NumberField id="temperature" value={temperature} onChange={(value) => setNumber("temperature", value)} />
                <input
                  type="range"
                  aria-label={`Temperature, from 0 to ${MAX_TEMPERATURE}`}
                  min={0}
                  max={MAX_TEMPERATURE}
                  step={0.05}
                  value={temperature}
                  onInput={(event) => setNumber("temperature", Number(event.currentTarget.value))}
                />
              </div>
              <p class="muted">Below 1 probable tokens become more so, above 1 less. 0: always the most probable one.</p>
            </div>
            <div class="field">
              <label for="length">Length, in tokens</label>
              <NumberField id="length" integer value={body.max_tokens} onChange={(value) => setNumber("length", value)} />
            </div>
            <div class="field">
              <label for="seed">Seed</label>
              <NumberField id="seed" integer value={seed} onChange={(value) => setNumber("seed", value)} />
              <p class="muted">The same seed writes the same text.</p>
            </div>
            <div class="field">
              <label for="stop">Stop before</label>
              <input id="stop" value={stopText} dir="auto" placeholder="nothing" onInput={(event) => setQuery({ stop: event.currentTarget.value || null })} />
            </div>
          </div>
          <div class="buttons">
            <button class="main">
              <Icon name="play" /> Write
            </button>
            {writing?.isWriting && (
              <button type="button" onClick={stop}>
                <Icon name="stop" /> Stop
              </button>
            )}
          </div>
        </form>
        <div class="answers">
          {writing?.problem && <ErrorNotice problem={writing.problem} />}
          {writing && (
            <section class="card written" aria-labelledby="written" aria-busy={writing.isWriting}>
              <header>
                <h2 id="written">Written</h2>
                <span class="muted" role="status">
                  {writing.isWriting ? "writing …" : writing.end ? ENDS[writing.end.finish_reason] : "stopped"}
                </span>
              </header>
              <TokenText label="Written tokens" before={writing.prompt} tokens={writing.tokens} chosen={chosen} onChoose={setChosen} />
              <p class="muted hint">Choose a token, by a click or the arrow keys, to see what else might have come.</p>
            </section>
          )}
          {writing && chosen !== undefined && writing.tokens[chosen] && <NextTokens token={writing.tokens[chosen]} />}
        </div>
      </div>
      <CodeSnippets model={model} action="generate" body={body} />
    </>
  );
}
