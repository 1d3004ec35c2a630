// Warnings of a job, with one line for all columns that are left out for the same reason.

export interface WarningGroup {
  text: string;
  /** The columns that the text counts; empty where it is one warning as it came. */
  columns: string[];
}

const MIN_GROUP = 3;
const LEFT_OUT = /^Column '(.*)' is not used: it (.*)\.$/s;
const REASONS: [RegExp, string][] = [
  [/^(has the same value|is .*) in every (training )?row$/s, "hold the same value in every row"],
  [/^has no value in any (training )?row$/, "have no value in any row"],
  [/^looks like an id/, "look like ids"],
  [/^holds images$/, "hold images"],
];

export function groupWarnings(warnings: string[]): WarningGroup[] {
  const groups = new Map<string, { warning: string; column: string }[]>();
  for (const warning of warnings) {
    const [, column = "", why = ""] = LEFT_OUT.exec(warning) ?? [];
    const reason = REASONS.find(([pattern]) => pattern.test(why))?.[1] ?? warning;
    const members = groups.get(reason);
    if (members) members.push({ warning, column });
    else groups.set(reason, [{ warning, column }]);
  }
  return [...groups].flatMap(([reason, members]) => {
    const columns = [...new Set(members.map(({ column }) => column))].filter(Boolean);
    if (columns.length < MIN_GROUP) return [...new Set(members.map(({ warning }) => warning))].map((text) => ({ text, columns: [] }));
    return [{ text: `${columns.length.toLocaleString("en")} columns ${reason} and are left out.`, columns }];
  });
}
