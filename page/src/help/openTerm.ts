// The term that is explained right now, and the button that it stands on.
import { signal } from "@preact/signals";
import type { Entry } from "./entries";

export interface OpenTerm {
  entry: Entry;
  anchor: HTMLElement;
}

export const openTerm = signal<OpenTerm | null>(null);

export const POPOVER_ID = "term-popover";
