// Title of the tab: what is looked at, so that tabs can be told apart.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

/** What the open page shows; undefined until it is known. */
export const pageTitle = signal<string | undefined>(undefined);

export function useTitle(title: string | undefined): void {
  useEffect(() => {
    pageTitle.value = title;
    return () => void (pageTitle.value = undefined);
  }, [title]);
}
