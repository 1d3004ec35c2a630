// Who is like whom: an item, those that are most like it, and where they lie on the map.
import { useMemo } from "preact/hooks";
import { encodeSegment } from "../api/client";
import type { ModelItemMap, SimilarItems as Similar } from "../api/shapes";
import { useFetch } from "../api/useFetch";
import { ColourChoice, ColourLegend, colourValues, columnQuery } from "../items/mapColours";
import { MapCanvas } from "../items/mapCanvas";
import { NameSearch } from "../items/nameSearch";
import { formatCount, formatNumber, formatPercent, shorten } from "../shell/format";
import { ErrorNotice, Loading } from "../shell/notices";
import { route, setQuery } from "../shell/route";
import { describeItems } from "../watch/itemMap";

const MAX_SIMILAR = 10;

export function SimilarItems({ model }: { model: string }) {
  const path = `/v1/models/${encodeSegment(model)}`;
  const map = useFetch<ModelItemMap>(`${path}/item-map?limit=500${columnQuery()}`);
  const item = route.value.query.get("item") ?? map.value?.items[0]?.item;
  const similar = useFetch<Similar>(item === undefined ? null : `${path}/similar?limit=${MAX_SIMILAR}&item=${encodeURIComponent(item)}`);
  const colours = useMemo(() => (map.value ? colourValues(map.value) : new Map<string, string>()), [map.value]);
  const choose = (name: string): void => setQuery({ item: name });
  const isOnMap = map.value?.items.some((one) => one.item === item);
  return (
    <section aria-labelledby="similar">
      <header class="heading">
        <h2 id="similar">Similar items</h2>
        {map.value && <ColourChoice columns={map.value.columns} />}
        <span class="muted">cosine similarity of item embeddings: how much the same users like both</span>
      </header>
      {map.problem && <ErrorNotice problem={map.problem} retry={map.refetch} />}
      {!map.value && !map.problem && <Loading />}
      {map.value && (
        <div class="similar-items">
          <section class="card" aria-label="Most similar items">
            <NameSearch id="similar-search" path={`${path}/items`} label="Item" placeholder={`Search ${formatCount(map.value.total)} items`} onChoose={choose} />
            {item !== undefined && (
              <h3>
                Most like <bdi title={item}>{shorten(item, 80)}</bdi>
              </h3>
            )}
            {similar.problem && <ErrorNotice problem={similar.problem} retry={similar.refetch} />}
            {similar.value?.items.length === 0 && <p class="muted">None is like it: too few rows have it.</p>}
            <ul class="importance">
              {similar.value?.items.map((one) => (
                <li key={one.item}>
                  <button class="quiet small" title={one.item} onClick={() => choose(one.item)}>
                    <bdi class="clip">{one.item}</bdi>
                  </button>
                  <span class="track" aria-hidden="true">
                    <span class="bar" style={{ width: `${Math.max(one.similarity, 0) * 100}%` }} />
                  </span>
                  <span class="number">{formatNumber(one.similarity, 2)}</span>
                </li>
              ))}
            </ul>
          </section>
          <section class="card" aria-label="Map of items">
            <MapCanvas
              points={map.value.items}
              colours={colours}
              label={`Map of ${describeItems(map.value)}${item === undefined ? "" : `; marked are ${item} and those most like it`}. Arrow keys lead from one to the next, Enter chooses it.`}
              chosen={isOnMap ? item : undefined}
              marked={similar.value?.items.map((one) => one.item) ?? []}
              onSelect={choose}
            />
            <ColourLegend colours={colours} map={map.value} />
            <p class="muted">
              {describeItems(map.value)} on the two principal components of their vectors, which show{" "}
              {formatPercent(map.value.explained_share)} of the variance: what lies together is alike, mostly.
              {item !== undefined && !isOnMap && " The chosen one is not among them."}
            </p>
          </section>
        </div>
      )}
    </section>
  );
}
