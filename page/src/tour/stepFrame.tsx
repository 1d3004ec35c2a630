// Frame of the steps of a tour: their list, a drawing beside the step, and ways to the ones before and after.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Job } from "../api/shapes";
import { Term } from "../help/term";
import { Icon } from "../shell/icon";
import { hrefFor, route, setQuery } from "../shell/route";

/** Its name, its heading, and what it is about. */
export type Step = readonly [name: string, title: string, subject: string];

interface Props {
  job: Job;
  steps: readonly Step[];
  /** The step in the address, from 1. */
  step: number;
  drawing: ComponentChildren;
  children: ComponentChildren;
}

export function StepFrame({ job, steps, step, drawing, children }: Props) {
  const [, title, subject] = steps[step - 1] as Step;
  const [term = title, ...rest] = title.split(": ");
  return (
    <>
      <ol class="steps">
        {steps.map(([name], n) => (
          <li key={name}>
            <button class="small quiet" aria-current={n + 1 === step ? "step" : undefined} onClick={() => setQuery({ step: String(n + 1) })}>
              <span>{n + 1}</span> {name}
            </button>
          </li>
        ))}
      </ol>
      <div class="tour">
        <section class="card" aria-label="The net" aria-live="off">
          {drawing}
        </section>
        <section class="card step" aria-labelledby="station">
          <p class="eyebrow">
            Step {step} of {steps.length} · {subject}
          </p>
          <h2 id="station">
            <Term>{term}</Term>
            {rest.map((words) => `: ${words}`)}
          </h2>
          {children}
          <div class="buttons">
            <button disabled={step === 1} onClick={() => setQuery({ step: String(step - 1) })}>
              Back
            </button>
            {step < steps.length ? (
              <button class="main" onClick={() => setQuery({ step: String(step + 1) })}>
                {steps[step]?.[0]} <Icon name="arrow" />
              </button>
            ) : (
              <a class="button main" href={hrefFor(["jobs", job.id])}>
                Watch the whole training <Icon name="arrow" />
              </a>
            )}
          </div>
        </section>
      </div>
    </>
  );
}

/** The step in the address, from 1. Arrow keys change it, except within form fields and scrolling regions. */
export function useStep(last: number): number {
  const step = Math.min(Math.max(Math.floor(Number(route.value.query.get("step") ?? 1)) || 1, 1), last);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const change = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const isTyping = event.target instanceof Element && event.target.closest("input, select, textarea, [role=region], [role=img]");
      if (!change || isTyping || event.altKey || event.ctrlKey || event.metaKey) return;
      setQuery({ step: String(Math.min(Math.max(step + change, 1), last)) });
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [step, last]);
  return step;
}
