import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, inject, it } from "vitest";
import { freshDatabase } from "./database.ts";

// In a process of its own: under vitest's resolve conditions mysql2's own require("long") gets the wrong kind of module.
it("gives integers beyond 2^53 as exact bigints, smaller ones as numbers", async () => {
  const url = await freshDatabase(inject("urls").mysql, "db_pool_exact_numbers");
  const hook = new URL("../../../../tools/ts-worker-hook.mjs", import.meta.url).href;
  const child = fileURLToPath(new URL("exact-numbers-child.ts", import.meta.url));
  const args = ["--import", hook, "--conditions", "@servertech/source", child, url];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const row = {
    id: "9007199254740993n",
    negative: "-9007199254740993n",
    u: "18446744073709551615n",
    safe: 9_007_199_254_740_991,
  };
  expect(JSON.parse(stdout)).toEqual({ insertId: "9007199254740993n", text: row, prepared: row });
});
