import type { OpsSnapshot } from "./ops-feed.ts";

/** One line of a chart. */
export interface Series {
  /** The field of the part, as `stats()` names it; a dot leads into it. */
  readonly field: string;
  /** The number itself, or by how much it grows in a second. */
  readonly as: "value" | "rate";
  readonly unit?: "bytes" | "ms" | "percent";
}

/** The charts of each part, in the order in which they are shown. */
export const PARTS: Readonly<Record<string, readonly Series[]>> = {
  process: [
    { field: "cpuPercent", as: "value", unit: "percent" },
    { field: "loopDelayMs", as: "value", unit: "ms" },
    { field: "rssBytes", as: "value", unit: "bytes" },
  ],
  sockets: [
    { field: "open", as: "value" },
    { field: "rooms", as: "value" },
  ],
  mysql: [
    { field: "inUse", as: "value" },
    { field: "waiting", as: "value" },
    { field: "acquired", as: "rate" },
  ],
  redis: [
    { field: "commands", as: "rate" },
    { field: "inFlight", as: "value" },
    { field: "queued", as: "value" },
  ],
  passwords: [
    { field: "cpu.threads", as: "value" },
    { field: "queued", as: "value" },
    { field: "done", as: "rate" },
  ],
  scheduler: [
    { field: "running", as: "value" },
    { field: "scheduled", as: "value" },
    { field: "done", as: "rate" },
  ],
  rpc: [
    { field: "connections", as: "value" },
    { field: "inFlight", as: "value" },
    { field: "calls", as: "rate" },
  ],
  registry: [
    { field: "instances", as: "value" },
    { field: "bytesIn", as: "rate", unit: "bytes" },
  ],
  log: [
    { field: "lines", as: "rate" },
    { field: "bufferedBytes", as: "value", unit: "bytes" },
    { field: "dropped", as: "value" },
  ],
};

/** Fields in which anything but zero is a reason to look closer. */
const TROUBLE = new Set([
  "errors",
  "timeouts",
  "leaks",
  "dropped",
  "late",
  "expirations",
  "protocolErrors",
  "failed",
  "ejected",
]);

export function isTrouble(field: string, value: unknown): boolean {
  return typeof value === "number" && value > 0 && TROUBLE.has(field.split(".").at(-1) ?? "");
}

/** The numbers of one line, oldest first. A counter that begins anew counts from zero. */
export function pointsOf(snapshots: readonly OpsSnapshot[], part: string, { field, as }: Series): number[] {
  const values = snapshots.map(({ at, parts }) => ({ at, value: numberAt(parts[part], field) }));
  if (as === "value") return values.map(({ value }) => value);
  return values.slice(1).map(({ at, value }, index) => {
    const before = values[index];
    if (before === undefined || value < before.value || at <= before.at) return 0;
    return ((value - before.value) / (at - before.at)) * 1_000;
  });
}

function numberAt(part: Readonly<Record<string, unknown>> | undefined, field: string): number {
  let value: unknown = part;
  for (const name of field.split(".")) value = isRecord(value) ? value[name] : undefined;
  return typeof value === "number" ? value : 0;
}

/** Every plain field of a part, those within others with a dot. */
export function fieldsOf(part: Readonly<Record<string, unknown>>, prefix = ""): [field: string, value: unknown][] {
  return Object.entries(part).flatMap(([name, value]): [string, unknown][] => {
    if (value === null || value === undefined || Array.isArray(value)) return [];
    return isRecord(value) ? fieldsOf(value, `${prefix}${name}.`) : [[prefix + name, value]];
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
