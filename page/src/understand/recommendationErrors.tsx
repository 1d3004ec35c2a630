// Mistakes of a model that recommends: held-out ratings that are furthest off, or choices that were ranked last.
import { encodeSegment } from "../api/client";
import type { Job, RecommendationErrors as Errors } from "../api/shapes";
import { useFetch } from "../api/useFetch";
import { formatCount, formatNumber } from "../shell/format";
import { ErrorNotice } from "../shell/notices";
import { hrefFor, route, setQuery } from "../shell/route";
import type { HeldOutPart } from "./evaluation";

const MAX_FETCHED = 100;
const MAX_SHOWN = 10;

interface Props {
  job: Job;
  model: string;
  split: HeldOutPart;
}

export function RecommendationErrors({ job, model, split }: Props) {
  const { value, problem, refetch } = useFetch<Errors>(
    `/v1/models/${encodeSegment(model)}/recommendation-errors?split=${split}&limit=${MAX_FETCHED}`,
  );
  const isWhole = route.value.query.has("all");
  const shown = value?.data.slice(0, isWhole ? MAX_FETCHED : MAX_SHOWN) ?? [];
  const isRated = shown[0]?.rating != null;
  return (
    <section aria-labelledby="mistakes">
      <header class="heading">
        <h2 id="mistakes">{isRated || !value ? "Largest errors" : "Missed choices"}</h2>
      </header>
      {problem && <ErrorNotice problem={problem} retry={refetch} />}
      {value && (
        <p class="muted">
          {isRated
            ? `Of ${formatCount(value.measured)} held-out ratings those whose prediction is furthest off.`
            : `Of ${formatCount(value.measured)} held-out choices those that were ranked last among all that the user had not chosen.`}{" "}
          Of users and items with few rows little can be learned.
        </p>
      )}
      {shown.length > 0 && (
        <div class="scroll card" tabIndex={0} role="region" aria-label="Errors, one by one">
          <table class="mistakes">
            <thead>
              <tr>
                <th scope="col">{job.spec.user}</th>
                <th scope="col">{job.spec.item}</th>
                {isRated && <th scope="col">Actual</th>}
                {isRated && <th scope="col">Predicted</th>}
                {!isRated && <th scope="col">Rank</th>}
                <th scope="col" title="What is known of the user">
                  Rows of the user
                </th>
                <th scope="col" title="Training rows that have the item">
                  Rows of the item
                </th>
                {!isRated && <th scope="col">Ranked first</th>}
              </tr>
            </thead>
            <tbody>
              {shown.map((error) => (
                <tr key={`${error.user}\n${error.item}`}>
                  <td>
                    <a href={hrefFor(["jobs", job.id, "use"], { user: error.user })} title={error.user}>
                      <bdi class="clip">{error.user}</bdi>
                    </a>
                  </td>
                  <td>
                    <b>
                      <bdi class="clip" title={error.item}>
                        {error.item}
                      </bdi>
                    </b>
                  </td>
                  {isRated && <td class="number">{formatNumber(error.rating)}</td>}
                  {isRated && <td class="number caution">{formatNumber(error.predicted, 3)}</td>}
                  {!isRated && (
                    <td class="number">
                      <span class="caution">{formatCount(error.rank ?? 0)}</span> of {formatCount(error.ranked ?? 0)}
                    </td>
                  )}
                  <td class="number">{formatCount(error.user_rows)}</td>
                  <td class="number">{formatCount(error.item_rows)}</td>
                  {!isRated && (
                    <td>
                      {error.first.map((name, n) => (
                        <span key={name}>
                          {n > 0 && ", "}
                          <bdi class="clip" title={name}>
                            {name}
                          </bdi>
                        </span>
                      ))}
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {value && value.data.length > MAX_SHOWN && (
        <button class="small more" onClick={() => setQuery({ all: isWhole ? null : "yes" })}>
          {isWhole ? "Show fewer" : `Show all ${value.data.length}`}
        </button>
      )}
    </section>
  );
}
