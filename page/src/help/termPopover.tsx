// The popover that explains a term: above everything, below the term, until Escape, another press, or the focus goes on.
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { hrefFor } from "../shell/route";
import { openTerm, POPOVER_ID } from "./openTerm";

const GAP = 8;

export function TermPopover() {
  const popover = useRef<HTMLDivElement>(null);
  const shown = openTerm.value;
  useEffect(() => {
    const element = popover.current;
    if (!element) return;
    const stop = effect(() => void (openTerm.value ? show(element, openTerm.value.anchor) : element.hidePopover()));
    const closeIfElsewhere = ({ target }: Event): void => {
      const open = openTerm.peek();
      if (!open || !(target instanceof Node)) return;
      if (!element.contains(target) && !open.anchor.contains(target)) openTerm.value = null;
    };
    const onKey = (event: KeyboardEvent): void => handleKey(event, element);
    const close = (): void => void (openTerm.value = null);
    document.addEventListener("pointerdown", closeIfElsewhere);
    document.addEventListener("focusin", closeIfElsewhere);
    document.addEventListener("keydown", onKey);
    addEventListener("hashchange", close);
    addEventListener("resize", close);
    return () => {
      stop();
      close();
      document.removeEventListener("pointerdown", closeIfElsewhere);
      document.removeEventListener("focusin", closeIfElsewhere);
      document.removeEventListener("keydown", onKey);
      removeEventListener("hashchange", close);
      removeEventListener("resize", close);
    };
  }, []);

  return (
    <div id={POPOVER_ID} class="term-popover card" popover="manual" ref={popover}>
      <div role="status">
        {shown && (
          <>
            <strong>{shown.entry.names.join(", ")}</strong>
            <p>{shown.entry.text}</p>
          </>
        )}
      </div>
      {shown && <a href={hrefFor(["help"], { q: shown.entry.names[0] })}>All terms</a>}
    </div>
  );
}

/** Show the popover below its term, or above it where there is no room, and within the width of the page. */
function show(element: HTMLElement, anchor: HTMLElement): void {
  if (!element.matches(":popover-open")) element.showPopover();
  requestAnimationFrame(() => {
    const { left, top, bottom } = anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = element;
    const isBelow = bottom + GAP + height <= innerHeight || top < height + GAP;
    const room = document.documentElement.clientWidth - width - GAP;
    element.style.left = `${Math.max(Math.min(left, room), GAP) + scrollX}px`;
    element.style.top = `${(isBelow ? bottom + GAP : top - GAP - height) + scrollY}px`;
  });
}

/** Escape gives the focus back to the term; the tabulator goes from the term into the popover, and back. */
function handleKey(event: KeyboardEvent, element: HTMLElement): void {
  const open = openTerm.peek();
  if (!open) return;
  const isInside = element.contains(document.activeElement);
  if (event.key === "Escape") {
    event.preventDefault();
    open.anchor.focus();
    openTerm.value = null;
  } else if (event.key === "Tab" && isInside) {
    if (event.shiftKey) event.preventDefault();
    open.anchor.focus(); // without a shift the browser goes on from there
    if (!event.shiftKey) openTerm.value = null;
  } else if (event.key === "Tab" && !event.shiftKey && document.activeElement === open.anchor) {
    event.preventDefault();
    element.querySelector("a")?.focus();
  }
}
