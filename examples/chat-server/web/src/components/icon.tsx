/** Drawn in 20 x 20, by strokes. */
const SHAPES = {
  back: "M12 4.5 6.5 10l5.5 5.5",
  plus: "M10 4v12M4 10h12",
  search: "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12ZM13.5 13.5 17 17",
  close: "m5 5 10 10M15 5 5 15",
  send: "M10 16V4.5M5 9.5l5-5 5 5",
  stop: "M6.5 6.5h7v7h-7z",
  down: "M10 4v11.5M5 10.5l5 5 5-5",
  copy: "M7 7V4.5A1.5 1.5 0 0 1 8.5 3h7A1.5 1.5 0 0 1 17 4.5v7a1.5 1.5 0 0 1-1.5 1.5H13M4.5 7h7A1.5 1.5 0 0 1 13 8.5v7a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 3 15.5v-7A1.5 1.5 0 0 1 4.5 7Z",
  check: "m4 10.5 4 4 8-9",
  again: "M16 10a6 6 0 1 1-1.800-4.300L16 7.5M16 3.5v4h-4",
  rooms:
    "M4.5 4h8A1.5 1.5 0 0 1 14 5.5v4a1.5 1.5 0 0 1-1.5 1.5H8l-3 2.5V11h-.5A1.5 1.5 0 0 1 3 9.5v-4A1.5 1.5 0 0 1 4.5 4ZM16.5 8.5a1.5 1.5 0 0 1 .5 1.100v6.900l-2.5-2H9.5",
  assistant:
    "M10 2.5c.7 4.300 2.800 6.600 7 7.5-4.200.9-6.300 3.200-7 7.5-.7-4.300-2.800-6.600-7-7.5 4.200-.9 6.300-3.200 7-7.5Z",
  settings: "M3 6h7M14 6h3M3 14h3M10 14h7M12 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM8 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  trash:
    "M4 6h12M8 6V4.5h4V6M5.5 6l.7 9.5a1.5 1.5 0 0 0 1.5 1.400h4.600a1.5 1.5 0 0 0 1.5-1.400L14.5 6M8.5 9v5M11.5 9v5",
  edit: "M4 16l.8-3.6L13 4.2a1.4 1.4 0 0 1 2 0l.8.8a1.4 1.4 0 0 1 0 2L7.6 15.2ZM11.5 5.700l2.8 2.800",
  leave: "M8 17H4.5A1.5 1.5 0 0 1 3 15.5v-11A1.5 1.5 0 0 1 4.5 3H8M12.5 13.5 16 10l-3.5-3.5M16 10H8",
  eye: "M2 10s3-5.5 8-5.5S18 10 18 10s-3 5.5-8 5.5S2 10 2 10ZM10 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  alert: "M10 6.5v4.5M10 14h.01M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15Z",
} as const;

export type IconName = keyof typeof SHAPES;

/** A picture beside a word, or inside of a control that has a name: it says nothing by itself. */
export function Icon({ name }: { readonly name: IconName }): React.ReactNode {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  );
}
