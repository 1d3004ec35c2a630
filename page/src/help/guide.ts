// The guided first run: whether it is on, whether it was seen, and its steps, each on a control of the real page.
import { signal } from "@preact/signals";
import { hrefFor } from "../shell/route";

const STORAGE_KEY = "gradus-guide";

/** Whether the guide is shown; for this tab, and also after a reload. */
export const isGuideOn = signal(sessionStorage.getItem(STORAGE_KEY) !== null);
/** Whether it was once shown in this browser, so that it is not offered again. */
export const wasGuideSeen = signal(localStorage.getItem(STORAGE_KEY) !== null);

export function startGuide(): void {
  sessionStorage.setItem(STORAGE_KEY, "on");
  localStorage.setItem(STORAGE_KEY, "seen");
  wasGuideSeen.value = true;
  isGuideOn.value = true;
}

export function endGuide(): void {
  sessionStorage.removeItem(STORAGE_KEY);
  localStorage.setItem(STORAGE_KEY, "seen");
  wasGuideSeen.value = true;
  isGuideOn.value = false;
}

export interface Step {
  /** The sections of the address where the step is; `*` is any. */
  path: string[];
  /** The control that it points at. */
  find: () => Element | null;
  title: string;
  text: string;
  /** The address to go on at, where the control itself does not lead there. */
  next?: (path: string[]) => string;
}

export const STEPS: Step[] = [
  {
    path: [],
    find: () => [...document.querySelectorAll(".tiles button")].find((tile) => tile.textContent?.includes("Penguins")) ?? null,
    title: "Choose a table",
    text: "Press Penguins: 344 of them, with their measures and their species.",
  },
  {
    path: ["datasets", "*"],
    find: () => document.querySelector(".panel .foot button"),
    title: "Train",
    text: "A net will learn to tell the species from the other columns. All settings are chosen for you. Press Train.",
  },
  {
    path: ["jobs", "*"],
    find: () => document.querySelector(".watch .net"),
    title: "Watch it learn",
    text: "Each epoch goes through all training rows once and moves every weight a little, so that the loss falls. This takes some seconds.",
  },
  {
    path: ["jobs", "*"],
    find: () => document.querySelector('.next-steps a[href*="/understand"]'),
    title: "How good is it?",
    text: "The sentence below the title compares the net with guessing and with a simple model, on rows that it never saw. Now press See the mistakes.",
  },
  {
    path: ["jobs", "*", "understand"],
    find: () => document.querySelector("#confusion")?.closest("section") ?? null,
    title: "What it gets wrong",
    text: "The confusion matrix has a row for each species, and a column for what the net took it for. Below are the penguins it got wrong.",
    next: (path) => hrefFor([...path.slice(0, 2), "use"]),
  },
  {
    path: ["jobs", "*", "use"],
    find: () => document.querySelector('.fields input[type="range"]')?.closest(".field") ?? null,
    title: "Let it predict",
    text: "Move a slider: the prediction follows, with the reasons for it. That was all; now try it with a table of your own.",
  },
];

/** The number of the step at this address: the last one whose control is there, else the first; -1 where there is none. */
export function findStep(path: string[]): number {
  const last = STEPS.findLastIndex((step) => matches(step.path, path) && step.find() !== null);
  return last >= 0 ? last : STEPS.findIndex((step) => matches(step.path, path));
}

const matches = (pattern: string[], path: string[]): boolean =>
  pattern.length === path.length && pattern.every((part, n) => part === "*" || part === path[n]);
