import { describe, expect, it } from "vitest";

/** The values of `--conditions` that this worker was started with. */
function conditions(): string[] {
  return process.execArgv.flatMap((arg, index) => (arg === "--conditions" ? (process.execArgv[index + 1] ?? "") : []));
}

describe("a worker of the tests", () => {
  it("resolves by our condition and by no other that Node does not set itself", () => {
    expect(conditions()).toEqual(["@servertech/source"]);
  });
});
