import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findCases } from "../src/find-cases.ts";

const folder = mkdtempSync(join(tmpdir(), "find-cases-"));
const root = pathToFileURL(`${folder}/`);

beforeAll(() => {
  const files = [
    "packages/rpc/bench/unary.bench.ts",
    "packages/rpc/bench/codec.bench.ts",
    "packages/rpc/bench/peer.ts",
  ];
  for (const file of [...files, "packages/core/src/index.ts", "benchmarks/apps/chat-load.bench.ts"]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), "");
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("findCases", () => {
  it.each([
    [[], ["apps/chat-load", "rpc/codec", "rpc/unary"]],
    [["rpc"], ["rpc/codec", "rpc/unary"]],
    [["rpc", "unary"], ["rpc/unary"]],
    [["apps"], ["apps/chat-load"]],
  ])("finds for %j", (names, ids) => {
    expect(findCases(root, ...names).map(({ id }) => id)).toEqual(ids);
  });

  it.each([[["core"]], [["rpc", "stream"]]])("lists what there is when it finds nothing for %j", (names) => {
    expect(() => findCases(root, ...names)).toThrow(
      `no benchmark "${names.join(" ")}". There are:\n  apps chat-load\n  rpc codec`,
    );
  });
});
