// What is known of somebody who has not chosen anything yet, by the columns that say the same of a user in all rows.
import type { ItemColumn } from "../api/shapes";
import { formatNumber } from "../shell/format";
import { setQuery } from "../shell/route";

export type About = Record<string, string | number>;

export function AboutUser({ columns, about, user }: { columns: ItemColumn[]; about: About; user: string }) {
  if (!columns.length) return null;
  const change = (name: string, value: string | number | undefined): void => {
    const next = Object.fromEntries(Object.entries({ ...about, [name]: value }).filter(([, one]) => one !== undefined));
    setQuery({ about: Object.keys(next).length ? JSON.stringify(next) : null });
  };
  return (
    <fieldset class="filters">
      <legend>Or what is known of a new {user}</legend>
      {columns.map(({ name, type, categories, minimum, maximum }) => (
        <div class="field" key={name}>
          <label for={`about-${name}`}>
            <bdi>{name}</bdi>
          </label>
          {categories ? (
            <select id={`about-${name}`} value={String(about[name] ?? "")} onChange={(event) => change(name, event.currentTarget.value || undefined)}>
              <option value="">unknown</option>
              {categories.map((category) => (
                <option key={category} value={category}>
                  {category}
                </option>
              ))}
            </select>
          ) : (
            <input
              id={`about-${name}`}
              inputMode={type === "numeric" ? "decimal" : "text"}
              placeholder={type === "numeric" ? `${formatNumber(minimum)} to ${formatNumber(maximum)}` : "unknown"}
              value={String(about[name] ?? "")}
              onChange={(event) => change(name, event.currentTarget.value.trim() || undefined)}
            />
          )}
        </div>
      ))}
    </fieldset>
  );
}
