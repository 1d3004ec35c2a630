// Text of people and nets, shown as it is but for characters that nobody sees, or that turn what comes after them round.
const CONTROL = /[\0-\x08\x0b-\x1f\x7f]/g;
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/g;
const INVISIBLE = /[\u200b-\u200f\u2060\ufe0f\ufeff]/g;
const PICTURES = 0x2400;
const DELETE_PICTURE = "\u2421";

const nameCharacter = (character: string): string => `<${character.charCodeAt(0).toString(16)}>`;

/** A text with pictures of control characters, and the numbers of those that change the direction of writing. */
export const showText = (text: string): string =>
  text
    .replace(CONTROL, (character) => (character === "\x7f" ? DELETE_PICTURE : String.fromCharCode(PICTURES + character.charCodeAt(0))))
    .replace(DIRECTION, nameCharacter);

/** A token by itself, where blanks and line ends are to be seen. */
export function nameToken(token: string): string {
  return showText(token).replace(INVISIBLE, nameCharacter).replaceAll("\n", "↵").replaceAll("\t", "⇥").replaceAll(" ", "␣");
}
