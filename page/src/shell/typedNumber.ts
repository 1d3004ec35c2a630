// Numbers as people type them, alone or in a list: 0,01 and 1 000 are read, and what could be two numbers is not guessed.

export type TypedNumber = { value: number } | { fault: string };

const COMMA_DECIMAL = /^[+-]?\d*,\d+(e[+-]?\d+)?$/i;
const COMMA_GROUPS = /^[+-]?\d{1,3}(,\d{3})+$/;
const POINT_GROUPS = /^[+-]?\d{1,3}(\.\d{3}){2,}$/;

/** The numbers of a list, between commas, semicolons or spaces, or what is wrong with one of them, as a sentence's end. */
export function parseTypedNumbers(text: string): { values: number[] } | { fault: string } {
  const parts = text.trim().split(/\s*;\s*|,?\s+/).flatMap((part) => (part.includes(".") ? part.split(",") : [part]));
  const values: number[] = [];
  for (const part of parts.filter(Boolean)) {
    const typed = parseTypedNumber(part);
    if ("fault" in typed) return { fault: `“${part}” ${typed.fault}` };
    values.push(typed.value);
  }
  return values.length ? { values } : { fault: "Numbers are needed" };
}

/** The number that a text stands for, or what is wrong with it as the end of a sentence that begins with the text. */
export function parseTypedNumber(text: string, integer = false): TypedNumber {
  let plain = text.trim().replace(/^[−–]/, "-").replace(/(?<=\d)[\s'’_](?=\d{3})/g, "");
  if (plain === "") return { fault: "is no number" };
  const isGrouped = COMMA_GROUPS.test(plain);
  if (isGrouped && !integer && plain.split(",").length === 2 && !/^[+-]?0/.test(plain)) {
    const [whole, part] = plain.split(",");
    return { fault: `may be ${whole}${part} or ${whole}.${part}; write one of these` };
  }
  if (isGrouped && !/^[+-]?0/.test(plain)) plain = plain.replaceAll(",", "");
  else if (POINT_GROUPS.test(plain)) plain = plain.replaceAll(".", "");
  else if (COMMA_DECIMAL.test(plain)) plain = plain.replace(",", ".");
  const value = Number(plain);
  if (!Number.isFinite(value) || /^[+-]?0[xob]/i.test(plain)) return { fault: "is not a number" };
  if (integer && !Number.isInteger(value)) return { fault: "is not a whole number" };
  return { value };
}
