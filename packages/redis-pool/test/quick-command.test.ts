import { describe, expect, it } from "vitest";
import { COMMAND_NAMES, Command } from "../src/client-factory.ts";
import { needsLease } from "../src/command-names.ts";
import { QUICK_NAMES, encode } from "../src/quick-command.ts";

describe("encode", () => {
  it.each([[[]], [["k"]], [["k", 1, -2.5, Number.NaN, 1e30]], [["käse ☃ 𝄞", "", "a\r\nb"]], [Array(40).fill("x")]])(
    "writes %j as ioredis does",
    (args: unknown[]) => {
      expect(encode("get", args)).toBe(new Command("get", args.map(String)).toWritable({}));
    },
  );

  it.each([[Buffer.from("x")], [["a"]], [{ a: 1 }], [null], [undefined], [true], [1n], [() => {}]])(
    "leaves %s to ioredis",
    (arg) => expect(encode("set", ["k", arg])).toBeUndefined(),
  );
});

describe("QUICK_NAMES", () => {
  it("has only commands that ioredis knows, whose replies it does not change, and that need no lease", () => {
    const transformers = (Command as unknown as Record<string, { reply: Record<string, unknown> }>)["_transformer"];
    for (const name of QUICK_NAMES) {
      expect(COMMAND_NAMES).toContain(name);
      expect(transformers?.reply).not.toHaveProperty(name);
      expect(needsLease(name, [])).toBe(false);
    }
  });
});
