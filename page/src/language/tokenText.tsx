// A text by its tokens, of which one can be chosen, by a click or by the arrow keys.
import { useMemo, useRef } from "preact/hooks";
import type { Token } from "../api/shapes";
import { showText } from "../shell/plainText";
import { joinBytes } from "./joinBytes";

interface Props {
  label: string;
  /** What stands before the tokens. */
  before?: string;
  tokens: Token[];
  chosen: number | undefined;
  onChoose: (place: number) => void;
}

export function TokenText({ label, before = "", tokens, chosen, onChoose }: Props) {
  const list = useRef<HTMLSpanElement>(null);
  const pieces = useMemo(() => joinBytes(tokens.map(({ token }) => token)), [tokens]);
  const selected = pieces.findIndex(({ last }) => last === chosen);
  const choose = (number: number): void => {
    const piece = pieces[Math.min(Math.max(number, 0), pieces.length - 1)];
    if (piece) onChoose(piece.last);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = { ArrowRight: selected + 1, ArrowLeft: selected < 0 ? pieces.length - 1 : selected - 1, Home: 0, End: pieces.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(to);
    list.current?.children[Math.min(Math.max(to, 0), pieces.length - 1)]?.scrollIntoView({ block: "nearest" });
  };
  return (
    <p class="prose tokens" dir="auto">
      {before && <span class="muted">{showText(before)}</span>}
      <span
        ref={list}
        role="listbox"
        aria-label={label}
        tabIndex={0}
        aria-activedescendant={selected < 0 ? undefined : `${label} ${selected}`.replaceAll(" ", "-")}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const place = [...(list.current?.children ?? [])].indexOf(event.target as Element);
          if (place >= 0) choose(place);
        }}
      >
        {pieces.map(({ text }, number) => (
          <span
            key={number}
            id={`${label} ${number}`.replaceAll(" ", "-")}
            role="option"
            aria-selected={number === selected}
            aria-label={text.trim() === "" ? (text.includes("\n") ? "line end" : "blank") : undefined}
            class={text.trim() === "" && text.includes("\n") ? "line" : undefined}
          >
            {showText(text)}
          </span>
        ))}
      </span>
    </p>
  );
}
