import { optionChecks } from "@servertech/core";

/** The OptionError of one wrong value. Values of parameters may be secrets: `shown` is then their kind. */
export function optionProblem(name: string, range: string, shown: unknown): unknown {
  const check = optionChecks({}, []);
  check.problem(name, range, shown);
  try {
    return check.done(undefined);
  } catch (error) {
    return error;
  }
}
