/** Figures as people read them. */
import type { Ratio } from "./goals.ts";
import type { Params } from "./compare.ts";

/** Three significant digits, thousands in groups: `1,230,000`, `12.3`, `0.0123`. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const short = Number(value.toPrecision(3));
  return short.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}

/** `64 inFlight, 100 bytes` reads badly for text: it is `inFlight 64, bytes 100`. */
export function cellName(params: Params): string {
  return Object.entries(params)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

/** `≥ 40` or `≤ 0.2`. */
export function boundText({ bound, goal }: Pick<Ratio, "bound" | "goal">): string {
  return `${bound === ">=" ? "≥" : "≤"} ${goal.toLocaleString("en-US", { maximumFractionDigits: 6 })}`;
}
