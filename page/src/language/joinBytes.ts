// Tokens that are parts of characters, joined until they are whole characters, which can be shown.
const HAS_BYTE = /<[0-9a-f]{2}>/;
const PART = /<([0-9a-f]{2})>|([\0-\x7f])/g;

export interface Piece {
  /** What is shown. */
  text: string;
  /** The place of its last token. */
  last: number;
}

/** The pieces of a text whose tokens have these names; a token of bytes is written like <e2><80>. */
export function joinBytes(names: string[]): Piece[] {
  const pieces: Piece[] = [];
  let decoder = new TextDecoder();
  let isOpen = false;
  names.forEach((name, place) => {
    // a token of one character is itself, also in a text that has such a sign
    const isPart = name.length > 1 && HAS_BYTE.test(name);
    const rest = isOpen && !isPart ? decoder.decode() : "";
    const text = rest + (isPart ? decoder.decode(toBytes(name), { stream: true }) : name);
    if (rest) decoder = new TextDecoder();
    isOpen = isPart && (isOpen || text === "");
    if (text !== "") {
      pieces.push({ text, last: place });
      isOpen = false;
    }
  });
  return isOpen ? [...pieces, { text: "\ufffd", last: names.length - 1 }] : pieces;
}

const toBytes = (name: string): Uint8Array =>
  Uint8Array.from(name.matchAll(PART), ([, byte, character]) => (byte === undefined ? (character ?? "").charCodeAt(0) : parseInt(byte, 16)));
