/** The levels, by rising weight. The number is what a line carries. */
export const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;

export type LevelName = keyof typeof LEVELS;

/** A threshold: lines of this level and above are written, with `silent` none. */
export type LevelThreshold = LevelName | "silent";

export const THRESHOLD_NAMES: readonly LevelThreshold[] = [...(Object.keys(LEVELS) as LevelName[]), "silent"];

/** The number behind a threshold; `Infinity` for `silent`. */
export function thresholdValue(level: LevelThreshold): number {
  return level === "silent" ? Infinity : LEVELS[level];
}

/** The threshold whose number is `value`. */
export function thresholdName(value: number): LevelThreshold {
  return THRESHOLD_NAMES.find((name) => thresholdValue(name) === value) ?? "silent";
}
