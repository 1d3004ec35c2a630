// Frame of every page: navigation, sign-in, theme, and a notice while the server cannot be reached.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { apiKey, isAllowed, isReachable, loadScopes, scopes, signIn, signInReason } from "../api/client";
import { callWhenVisible, RETRY_MS } from "../api/retry";
import { GuideCard } from "../help/guideCard";
import { TermPopover } from "../help/termPopover";
import type { Scope } from "../api/shapes";
import { Logo } from "./icon";
import { route, hrefFor } from "./route";
import { newSecret } from "./secretNotice";
import { SignIn } from "./signIn";
import { ThemeButton } from "./theme";
import { DropAnywhere } from "../start/dropAnywhere";
import { UploadNotice } from "../start/uploadProgress";

const SECTIONS: [string, string[], Scope | null][] = [
  ["Start", [], null],
  ["Jobs", ["jobs"], "read"],
  ["Models", ["models"], "read"],
  ["Datasets", ["datasets"], "read"],
  ["Keys", ["keys"], "admin"],
  ["Help", ["help"], null],
];

export function Frame({ children }: { children: ComponentChildren }) {
  const main = useRef<HTMLElement>(null);
  const page = route.value.path.slice(0, 3).join("/");
  useFocusOnNavigation(main, page);
  useEffect(() => void loadScopes().catch(() => undefined), [apiKey.value]);
  useReconnection(isReachable.value);
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href="#/">
          <Logo /> Gradus
        </a>
        <nav aria-label="Main">
          {SECTIONS.filter(([, , scope]) => isOffered(scope)).map(([name, path]) => (
            <a key={name} href={hrefFor(path)} aria-current={route.value.path[0] === path[0] ? "page" : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <div class="tools">
          <a class="quiet" href="/docs">
            API
          </a>
          {apiKey.value && !signInReason.value && (
            <button
              class="quiet"
              onClick={() => {
                newSecret.value = null;
                signIn("");
              }}
            >
              Sign out
            </button>
          )}
          <ThemeButton />
        </div>
      </header>
      <div class="offline" role="status">
        {!isReachable.value && <p>Can't reach the server. Retrying …</p>}
      </div>
      <main id="main" tabIndex={-1} ref={main}>
        {!signInReason.value && <UploadNotice />}
        {!signInReason.value && <DropAnywhere />}
        {signInReason.value ? <SignIn reason={signInReason.value} /> : children}
      </main>
      {!signInReason.value && <GuideCard />}
      <TermPopover />
    </>
  );
}

/** Whether a section is for this key; that for administrators only once this is known. */
const isOffered = (scope: Scope | null): boolean =>
  scope === null || (scope === "admin" ? (scopes.value?.includes("admin") ?? false) : isAllowed(scope));

/** While the server is away, look whether it is back, also for a page that asks for nothing itself. */
function useReconnection(isConnected: boolean): void {
  useEffect(() => {
    if (isConnected) return;
    const controller = new AbortController();
    const lookLater = (): void => callWhenVisible(look, RETRY_MS, controller.signal);
    const look = (): void => void loadScopes().then(undefined, lookLater);
    lookLater();
    return () => controller.abort();
  }, [isConnected]);
}

/** After navigation, scroll to the top and focus the main element, for keyboards and screen readers. */
function useFocusOnNavigation(main: { current: HTMLElement | null }, page: string): void {
  const previous = useRef(page);
  useEffect(() => {
    if (previous.current === page) return;
    previous.current = page;
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [page]);
}
