/** Shows what was measured, with `FAULT_FIGURES=1` in the environment: the guide's table of faults is made of it. */
export function figure(row: string, value: number, unit: "ms" | "calls" | "instances" = "ms"): void {
  if (process.env.FAULT_FIGURES === "1") process.stdout.write(`figure: ${row}: ${Math.round(value)} ${unit}\n`);
}
