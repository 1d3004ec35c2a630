// Tags as they are typed and shown: `keep`, or `run=first`, with commas between several.
import { CHANGED_FROM } from "../attempts/changedFrom";

export type Tags = Record<string, string>;

export const formatTag = (name: string, value: string): string => (value ? `${name}=${value}` : name);

/** The tags that people gave, as texts; which run a run was changed from is shown elsewhere. */
export const listTags = (tags: Tags): string[] =>
  Object.entries(tags).flatMap(([name, value]) => (name === CHANGED_FROM ? [] : [formatTag(name, value)]));

/** The tags that were typed, and of those before what is not shown as a tag. */
export function parseTags(text: string, before: Tags): Tags {
  const typed = text.split(",").flatMap((part): [string, string][] => {
    const [name = "", ...rest] = part.split("=").map((word) => word.trim());
    return name ? [[name, rest.join("=")]] : [];
  });
  const kept = before[CHANGED_FROM];
  return { ...Object.fromEntries(typed), ...(kept === undefined ? {} : { [CHANGED_FROM]: kept }) };
}
