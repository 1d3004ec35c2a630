// Theme: light, dark or that of the system; and its colours for canvases, which read no style sheet.
import { effect, signal } from "@preact/signals";
import { Icon } from "./icon";

type Theme = "auto" | "light" | "dark";
const STORAGE_KEY = "gradus-theme";

const theme = signal<Theme>((localStorage.getItem(STORAGE_KEY) as Theme | null) ?? "auto");
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

/** Increases whenever colours change, so that canvases are painted again. */
export const themeVersion = signal(0);
/** Whether the system forces its own colours, as Windows' high contrast does. */
export const forcedColours = signal(matchMedia("(forced-colors: active)").matches);
/** Whether animations are allowed. */
export const motionAllowed = signal(!matchMedia("(prefers-reduced-motion: reduce)").matches);

effect(() => {
  const current = theme.value;
  if (current === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = current;
  themeVersion.value = themeVersion.peek() + 1;
});
systemIsDark.addEventListener("change", () => (themeVersion.value += 1));
matchMedia("print").addEventListener("change", () => (themeVersion.value += 1));
matchMedia("(forced-colors: active)").addEventListener("change", ({ matches }) => {
  forcedColours.value = matches;
  themeVersion.value += 1;
});
matchMedia("(prefers-reduced-motion: reduce)").addEventListener("change", (now) => (motionAllowed.value = !now.matches));

/** First the theme that the system has not, so that a press can be seen; then that of the system, and its choice again. */
export function nextTheme(current: Theme, isSystemDark: boolean): Theme {
  const [same, other] = isSystemDark ? (["dark", "light"] as const) : (["light", "dark"] as const);
  return current === "auto" ? other : current === other ? same : "auto";
}

export function ThemeButton() {
  const cycle = (): void => {
    theme.value = nextTheme(theme.value, systemIsDark.matches);
    localStorage.setItem(STORAGE_KEY, theme.value);
  };
  const icons = { auto: "contrast", light: "sun", dark: "moon" } as const;
  return (
    <button class="quiet round" onClick={cycle} aria-label={`Theme: ${theme.value}. Change`} title={`Theme: ${theme.value}`}>
      <Icon name={icons[theme.value]} />
    </button>
  );
}

/** The colours of series in one chart, in their order. */
export const SERIES_COLOURS = ["blue", "amber", "green", "violet", "red", "teal"];

let probe: HTMLElement | undefined;
const cache = new Map<string, string>();
themeVersion.subscribe(() => cache.clear());

/** The present value of a colour of the theme, as `rgb(…)`. */
export function themeColour(name: string): string {
  let value = cache.get(name);
  if (value === undefined) {
    probe ??= document.body.appendChild(Object.assign(document.createElement("i"), { hidden: true }));
    probe.style.setProperty("forced-color-adjust", "none"); // canvases keep their colours
    probe.style.color = `var(--${name})`;
    value = getComputedStyle(probe).color;
    cache.set(name, value);
  }
  return value;
}

/** Red, green and blue of a colour of the theme. */
export function colourChannels(name: string): number[] {
  return (themeColour(name).match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
}
