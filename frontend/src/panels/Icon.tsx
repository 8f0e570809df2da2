const PATHS = {
  table: "M3 5h18M3 12h18M3 19h18M9 5v14",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  home: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  close: "M6 6l12 12M18 6L6 18",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5L21 21",
  help: "M9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 16.5h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
  play: "M7 4.5v15l12-7.5z",
  pause: "M8 5v14M16 5v14",
  legend: "M5 6h.01M5 12h.01M5 18h.01M10 6h10M10 12h10M10 18h10",
  down: "M12 4v14M6 13l6 6 6-6",
  up: "M12 20V6M6 11l6-6 6 6",
  target: "M12 19a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM12 2v4M12 18v4M2 12h4M18 12h4",
} as const;

export type IconName = keyof typeof PATHS | "mark";

/** A drawn sign; it says nothing to screen readers, the button around it does. */
export function Icon({ name }: { name: IconName }) {
  if (name === "mark") {
    return (
      <svg class="icon mark" viewBox="0 0 32 32" aria-hidden="true">
        <circle cx="16" cy="16" r="14" class="mark-island" />
        <circle cx="12" cy="13" r="6.5" class="mark-clade" />
        <circle cx="12" cy="13" r="2.4" class="mark-a" />
        <circle cx="21.5" cy="20" r="4" class="mark-b" />
        <circle cx="20.5" cy="10.5" r="2.4" class="mark-c" />
      </svg>
    );
  }
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
