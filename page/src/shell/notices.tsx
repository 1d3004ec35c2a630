// Notices: errors, warnings, loading and empty states, each with what to do next.
import type { ComponentChildren } from "preact";
import { mayPass, Problem } from "../api/client";
import type { ProblemDocument } from "../api/shapes";
import { formatPointer } from "./format";
import { Icon } from "./icon";
import { groupWarnings } from "./warnings";

/** A problem document, as the API words it; `retry` is offered where it may help. */
export function ErrorNotice({ problem, retry }: { problem: Problem | ProblemDocument; retry?: () => void }) {
  const detail = (problem instanceof Problem ? problem.message : problem.detail).replace(/^#\//, "");
  return (
    <div class="notice error" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{problem.title}</strong>
        <p>{detail}</p>
        {(problem.errors?.length ?? 0) > 1 && (
          <ul>
            {problem.errors?.map((error) => (
              <li key={error.pointer}>
                <strong>{formatPointer(error.pointer)}</strong> {error.detail}
              </li>
            ))}
          </ul>
        )}
        {retry && mayPass(problem) && (
          <button class="small" onClick={retry}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}

/** In place of a page that cannot be shown: why. */
export function PageProblem({ problem, retry }: { problem: Problem; retry?: () => void }) {
  return (
    <>
      <header class="title">
        <h1>{problem.title}</h1>
      </header>
      <ErrorNotice problem={problem} {...(retry ? { retry } : {})} />
    </>
  );
}

export function Notice({ children, kind = "" }: { children: ComponentChildren; kind?: "" | "caution" | "success" }) {
  return (
    <div class={`notice ${kind}`}>
      <Icon name={kind === "caution" ? "warning" : kind === "success" ? "check" : "bolt"} />
      <div>{children}</div>
    </div>
  );
}

/** Shown while something is being fetched. */
export function Loading({ what = "Loading …" }: { what?: string }) {
  return (
    <div class="waiting" role="status">
      <span class="dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      {what}
    </div>
  );
}

/** Shown where there is nothing yet, with a way on. */
export function EmptyState({ title, isPage = false, children }: { title: string; isPage?: boolean; children: ComponentChildren }) {
  const Title = isPage ? "h1" : "h2";
  return (
    <div class="empty">
      <svg viewBox="0 0 120 60" aria-hidden="true" focusable="false">
        <path d="M6 10h26v14h26v14h26v14h30" />
        <circle cx="6" cy="10" r="4" />
      </svg>
      <Title>{title}</Title>
      <div>{children}</div>
    </div>
  );
}

/** Warnings of a job; columns that are left out for one reason share a line, which lists them on demand. */
export function WarningList({ warnings }: { warnings: string[] }) {
  return (
    <>
      {groupWarnings(warnings).map(({ text, columns }) => (
        <Notice key={text}>
          {text}
          {columns.length > 0 && (
            <details>
              <summary>Show them</summary>
              <p class="names">
                {columns.map((name) => (
                  <bdi key={name}>{name}</bdi>
                ))}
              </p>
            </details>
          )}
        </Notice>
      ))}
    </>
  );
}
