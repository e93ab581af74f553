// Line icons, 20 x 20, in the colour of the text around them. They say nothing to screen readers: their button does.
const paths = {
  system: "M3 4.5h14v9H3zM7 17h6m-3-3.5V17",
  light: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1",
  dark: "M16.5 12A7 7 0 0 1 8 3.5 7 7 0 1 0 16.5 12z",
  key: "M13 3a4 4 0 1 1-3.7 5.6L3 15v2h2.5v-2H8v-2.2l1.9-1.9M13.6 6.4h.01",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  fit: "M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4",
  close: "M5 5l10 10M15 5L5 15",
  upload: "M10 13V3M6 7l4-4 4 4M3 13v4h14v-4",
  check: "M4 10.5l4 4 8-9",
  copy: "M7 7h10v10H7zM13 7V3H3v10h4",
  download: "M10 3v10M6 9l4 4 4-4M3 17h14",
  warning: "M10 3l8 14H2zM10 8v4M10 14.5h.01",
  eye: "M2 10s3-5.5 8-5.5S18 10 18 10s-3 5.5-8 5.5S2 10 2 10zM10 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
};

export type IconName = keyof typeof paths;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg viewBox="0 0 20 20" width={size} height={size} aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.5">
      <path d={paths[name]} stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
