// Entries of the glossary, found by the words that a page uses for them.
import { GLOSSARY } from "./glossary";

export type Entry = (typeof GLOSSARY)[number]["entries"][number];

const ENTRIES = new Map(GLOSSARY.flatMap(({ entries }) => entries.flatMap((entry) => entry.names.map((name) => [name.toLowerCase(), entry] as const))));

/** The entry of a term; capitals, a plural and what stands in brackets do not matter. */
export function findEntry(term: string): Entry | undefined {
  const name = term.toLowerCase().replace(/ *\(.*\)$/, "");
  return ENTRIES.get(name) ?? ENTRIES.get(name.replace(/s$/, "")) ?? ENTRIES.get(name.replace(/ies$/, "y"));
}

/** The entries that have all words in their names or text, chapter by chapter. */
export function searchEntries(text: string): typeof GLOSSARY {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const hasAll = (entry: Entry): boolean => {
    const whole = `${entry.names.join(" ")} ${entry.text}`.toLowerCase();
    return words.every((word) => whole.includes(word));
  };
  return GLOSSARY.map(({ title, entries }) => ({ title, entries: entries.filter(hasAll) })).filter(({ entries }) => entries.length > 0);
}
