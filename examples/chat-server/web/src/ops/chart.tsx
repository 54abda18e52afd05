interface ChartProps {
  readonly label: string;
  readonly points: readonly number[];
  readonly format: (value: number) => string;
}

const WIDTH = 240;
const HEIGHT = 48;
/** As many points as are kept: the line begins at the right and grows to the left. */
const SPAN = 120;

/** One number over the last two minutes. */
export function Chart({ label, points, format }: ChartProps): React.ReactNode {
  const last = points.at(-1) ?? 0;
  const max = Math.max(1e-9, ...points);
  const step = WIDTH / (SPAN - 1);
  const left = WIDTH - (points.length - 1) * step;
  const line = points.map((value, index) => `${left + index * step},${HEIGHT - 2 - (value / max) * (HEIGHT - 6)}`);
  return (
    <figure className="chart">
      <figcaption>
        <code>{label}</code>
        <strong>{format(last)}</strong>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${label}: ${format(last)}, max ${format(max < 1e-6 ? 0 : max)}`}
      >
        <polygon className="chart-area" points={`${left},${HEIGHT} ${line.join(" ")} ${WIDTH},${HEIGHT}`} />
        <polyline className="chart-line" points={line.join(" ")} />
      </svg>
    </figure>
  );
}
