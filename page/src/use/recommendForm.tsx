// Recommendations while one picks items that one likes, or for a user of the training rows; each with its reasons.
import { useMemo } from "preact/hooks";
import { encodeSegment, isAllowed } from "../api/client";
import type { Items, Model, Recommendations } from "../api/shapes";
import { useFetch } from "../api/useFetch";
import { useRefetch } from "../api/useRefetch";
import { NameSearch } from "../items/nameSearch";
import { formatCount } from "../shell/format";
import { ErrorNotice, Loading, Notice } from "../shell/notices";
import { parseObject } from "../shell/parseObject";
import { route, setQuery } from "../shell/route";
import { AboutUser, type About } from "./aboutUser";
import { CodeSnippets } from "./codeSnippets";
import { DeletedModel } from "./deletedModel";
import { ItemFilters, type Filters } from "./itemFilters";
import { LikedItems, nameOf, parseLikedItems, type LikedItem } from "./likedItems";
import { RecommendationList } from "./recommendationList";

const MAX_RECOMMENDED = 10;
const MAX_SUGGESTED = 8;

export function RecommendForm({ model }: { model: Model }) {
  const path = `/v1/models/${encodeSegment(model.id)}`;
  const items = useFetch<Items>(`${path}/items?limit=${MAX_SUGGESTED}`);
  const { query } = route.value;
  const user = query.get("user");
  const likedParam = query.get("liked");
  const filterParam = query.get("filter");
  const liked = useMemo(() => parseLikedItems(likedParam), [likedParam]);
  const aboutParam = query.get("about");
  const about = useMemo(() => parseObject(aboutParam) as About, [aboutParam]);
  const isNew = user === null && !liked.length;
  const filter = useMemo(() => parseObject(filterParam) as Filters, [filterParam]);
  const who = { ...(user === null ? { liked } : { user }), ...(isNew && aboutParam ? { user_columns: about } : {}) };
  const request = { ...who, limit: MAX_RECOMMENDED, ...(filterParam ? { filter } : {}) };
  const { value, problem } = useRefetch<Recommendations>(items.value ? `${path}/recommend` : null, "", false, JSON.stringify(request));

  const setLiked = (next: LikedItem[]): void => setQuery({ liked: next.length ? JSON.stringify(next) : null, user: null });
  const add = (name: string): void => setLiked([...liked.filter((one) => nameOf(one) !== name), name]);
  if ([items.problem, problem].some((one) => one?.status === 404)) return <DeletedModel dataset={model.dataset_id} target={model.target} />;
  if (items.problem && !items.value) return <ErrorNotice problem={items.problem} retry={items.refetch} />;
  if (!items.value) return <Loading />;
  const [userColumn, itemColumn] = [model.inputs[0]?.name ?? "user", model.inputs[1]?.name ?? "item"];
  const suggested = items.value.data.map(({ name }) => name).filter((name) => !liked.some((one) => nameOf(one) === name));
  return (
    <>
      <div class="use-page">
        <section class="card picks" aria-labelledby="picks">
          <header>
            <h2 id="picks">
              {user === null ? "What do you like?" : "For a known user"}
            </h2>
            <button class="small quiet" disabled={isNew && !filterParam && !aboutParam} onClick={() => setQuery({ liked: null, user: null, filter: null, about: null })}>
              Reset
            </button>
          </header>
          {user === null ? (
            <>
              <NameSearch
                id="item-search"
                path={`${path}/items`}
                label={itemColumn}
                placeholder={`Search ${formatCount(items.value.total)} items`}
                without={liked.map(nameOf)}
                onChoose={add}
              />
              <LikedItems liked={liked} ratings={items.value.ratings} onChange={setLiked} />
              {suggested.length > 0 && (
                <div class="suggested">
                  <p class="muted">{items.value.ratings ? "Most rated:" : "Most chosen:"}</p>
                  <ul class="chips">
                    {suggested.map((name) => (
                      <li key={name}>
                        <button class="small" title={name} onClick={() => add(name)}>
                          + <bdi class="clip">{name}</bdi>
                        </button>
                      </li>
                    ))}
                  </ul>
                </div>
              )}
            </>
          ) : (
            <p class="chosen-user">
              <bdi>{user}</bdi>{" "}
              <button class="small" onClick={() => setQuery({ user: null })}>
                Pick items instead
              </button>
            </p>
          )}
          {isAllowed("read") && (
            <NameSearch id="user-search" path={`${path}/users`} label={user === null ? `Or a known ${userColumn}` : `Another ${userColumn}`} placeholder="Search users" onChoose={(name) => setQuery({ user: name })} />
          )}
          {isNew && <AboutUser columns={items.value.user_columns} about={about} user={userColumn} />}
          <ItemFilters columns={items.value.columns} filter={filter} />
        </section>
        <div class="answers">
          {problem && <ErrorNotice problem={problem} />}
          {(isNew ? [] : (value?.warnings ?? [])).map((warning) => (
            <Notice key={warning} kind="caution">
              {warning}
            </Notice>
          ))}
          {value && !problem && <RecommendationList found={value} ratings={items.value.ratings} otherwise={isNew && aboutParam ? "by what is known" : "liked by most"} onAdd={user === null ? add : undefined} />}
        </div>
      </div>
      <CodeSnippets model={model} action="recommend" body={request} />
    </>
  );
}
