// Icons and logo; always beside a text or a label, so hidden from screen readers.

const PATHS = {
  arrow: "M5 12h14M13 6l6 6-6 6",
  back: "M6 5v14M19 5 9 12l10 7z",
  bell: "M6 17h12M7 17v-6a5 5 0 0 1 10 0v6M10.5 20h3",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  camera: "M4 8h4l2-3h4l2 3h4v11H4zM12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
  check: "m5 12.5 4.5 4.5L19 7.5",
  contrast: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  cross: "M6 6l12 12M18 6 6 18",
  file: "M7 3h7l5 5v13H7zM14 3v5h5",
  flag: "M6 21V4h11l-2 4 2 4H6",
  key: "M14.5 9.5a4 4 0 1 0-3 3.9l1.5 1.6h2v2h2v2h3v-3z",
  layers: "m12 3 9 5-9 5-9-5zM3 13l9 5 9-5",
  minus: "M5 12h14",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  next: "M18 5v14M5 5l10 7-10 7z",
  pause: "M8 5v14M16 5v14",
  play: "M7 4.5v15l12-7.5z",
  plus: "M12 5v14M5 12h14",
  stop: "M6 6h12v12H6z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5",
  table: "M4 5h16v14H4zM4 10h16M10 10v9",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  upload: "M12 16V4M7 9l5-5 5 5M4 16v4h16v-4",
  warning: "M12 4 2.5 20h19zM12 10v5M12 17.5v.5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A falling loss, in steps. */
export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" />
      <path d="M7 9h6v6h6v6h6" />
    </svg>
  );
}
