import { OptionError } from "@servertech/core";

/** The error of one wrong value. Values of parameters may be secrets: `shown` is then their kind. */
export function optionProblem(name: string, range: string, shown: unknown): OptionError {
  return new OptionError([{ option: name, range, value: shown }]);
}
