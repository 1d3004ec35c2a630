// Requests that are sent again after a pause, or as soon as the page is looked at again.
// A tab in the background asks for nothing.

/** The pause before a request that may succeed later is sent again. */
export const RETRY_MS = 1_500;

/** Call `action` after a pause, and if the page is hidden by then, once it is shown; never after `signal` is aborted. */
export function callWhenVisible(action: () => void, pauseMs: number, signal: AbortSignal): void {
  setTimeout(() => {
    if (signal.aborted) return;
    if (document.hidden) document.addEventListener("visibilitychange", action, { once: true, signal });
    else action();
  }, pauseMs);
}
