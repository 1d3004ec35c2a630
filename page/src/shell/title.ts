// Title of the tab: what is looked at, so that tabs can be told apart.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Job } from "../api/shapes";

/** What the open page shows; undefined until it is known. */
export const pageTitle = signal<string | undefined>(undefined);

/** The title of a run under way: how far it is, first, since tabs show no more; else what is looked at. */
export function titleOfRun({ status, progress }: Pick<Job, "status" | "progress">, name: string, otherwise: string): string {
  if (status !== "running") return otherwise;
  return `${Math.floor((100 * progress.epoch) / progress.epochs)}% · ${name}`;
}

export function useTitle(title: string | undefined): void {
  useEffect(() => {
    pageTitle.value = title;
    return () => void (pageTitle.value = undefined);
  }, [title]);
}
