// What stands around every page: the way to the others, the door, and a word when the server is away.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { key, keyWanted, reachable, signIn } from "../api/ask";
import { Logo } from "./icon";
import { route, to } from "./route";
import { SignIn } from "./signin";
import { ThemeButton } from "./theme";

const PLACES: [string, string[]][] = [
  ["Start", []],
  ["Jobs", ["jobs"]],
  ["Models", ["models"]],
  ["Datasets", ["datasets"]],
];

export function Frame({ children }: { children: ComponentChildren }) {
  const main = useRef<HTMLElement>(null);
  const here = route.value.path.slice(0, 3).join("/");
  useFocusOnArrival(main, here);
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
          {PLACES.map(([name, path]) => (
            <a key={name} href={to(path)} aria-current={route.value.path[0] === path[0] ? "page" : undefined}>
              {name}
            </a>
          ))}
        </nav>
        <div class="tools">
          <a class="quiet" href="/docs">
            API
          </a>
          {key.value && (
            <button class="quiet" onClick={() => signIn("")}>
              Sign out
            </button>
          )}
          <ThemeButton />
        </div>
      </header>
      <div class="away" role="status">
        {!reachable.value && <p>The server does not answer. This page tries again by itself.</p>}
      </div>
      <main id="main" tabIndex={-1} ref={main}>
        {keyWanted.value ? <SignIn /> : children}
      </main>
    </>
  );
}

/** On the way to another page, take a screen reader and the keyboard along, and begin at its top. */
function useFocusOnArrival(main: { current: HTMLElement | null }, here: string): void {
  const before = useRef(here);
  useEffect(() => {
    if (before.current === here) return;
    before.current = here;
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [here]);
}
