// Reading of an object out of the address, which anybody may have typed.

/** The JSON object of a text, empty if it is none; what is wrong with its values is said by the API. */
export function parseObject(text: string | null): object {
  try {
    const parsed: unknown = JSON.parse(text ?? "{}");
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? parsed : {};
  } catch {
    return {};
  }
}
