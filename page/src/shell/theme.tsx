// Light, dark, or as the system says; and the colours of the theme for canvases, which read no style sheet.
import { effect, signal } from "@preact/signals";
import { Icon } from "./icon";

type Theme = "auto" | "light" | "dark";
const KEPT = "gradus-theme";
const NEXT: Record<Theme, Theme> = { auto: "light", light: "dark", dark: "auto" };

const theme = signal<Theme>((localStorage.getItem(KEPT) as Theme | null) ?? "auto");
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

/** Grows whenever colours change, so that canvases draw anew. */
export const shade = signal(0);
/** Whether things may move. */
export const moves = signal(!matchMedia("(prefers-reduced-motion: reduce)").matches);

effect(() => {
  const chosen = theme.value;
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  shade.value = shade.peek() + 1;
});
systemIsDark.addEventListener("change", () => (shade.value += 1));
matchMedia("(prefers-reduced-motion: reduce)").addEventListener("change", (now) => (moves.value = !now.matches));

export function ThemeButton() {
  const change = (): void => {
    theme.value = NEXT[theme.value];
    localStorage.setItem(KEPT, theme.value);
  };
  const icon = { auto: "contrast", light: "sun", dark: "moon" } as const;
  return (
    <button class="quiet round" onClick={change} aria-label={`Colours: ${theme.value}. Change`} title={`Colours: ${theme.value}`}>
      <Icon name={icon[theme.value]} />
    </button>
  );
}

/** The colours of curves that lie side by side, in their order. */
export const HUES = ["blue", "amber", "green", "violet", "red", "teal"];

let probe: HTMLElement | undefined;
const known = new Map<string, string>();
shade.subscribe(() => known.clear());

/** The colour that a custom property stands for just now, as `rgb(…)`. */
export function colour(name: string): string {
  let found = known.get(name);
  if (found === undefined) {
    probe ??= document.body.appendChild(Object.assign(document.createElement("i"), { hidden: true }));
    probe.style.color = `var(--${name})`;
    found = getComputedStyle(probe).color;
    known.set(name, found);
  }
  return found;
}
