import { BenchmarkError } from "./benchmark-error.ts";
import type { BenchmarkCase } from "./compare.ts";

/** Imports a case file. @throws {@link BenchmarkError} when its default export does not come from `compare`. */
export async function loadCase(file: string): Promise<BenchmarkCase> {
  const module = (await import(file)) as { default?: BenchmarkCase };
  if (module.default?.contenders === undefined) {
    throw new BenchmarkError(`${file} must have "export default compare({ … })"`);
  }
  return module.default;
}
