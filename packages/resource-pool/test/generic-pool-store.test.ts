import { describe, expect, it } from "vitest";
import { PoolError } from "../src/errors.ts";
import type { OpenResult } from "../src/bounded-open.ts";
import { GenericPoolStore } from "../src/generic-pool-store.ts";
import { deferred } from "./fake-resources.ts";

const opened = (resource: number): OpenResult<number> => ({ ok: true, resource, lost: false, onLost: undefined });
const failed = (leftover?: Promise<void>): OpenResult<number> => ({
  ok: false,
  error: new PoolError("POOL_CONNECT_FAILED", "no"),
  leftover,
});

describe("GenericPoolStore", () => {
  it("opens as many as there is room for and forgets what is destroyed", async () => {
    let n = 0;
    const destroyed: number[] = [];
    const store = new GenericPoolStore<number>(
      2,
      async () => opened((n += 1)),
      (resource) => destroyed.push(resource),
    );
    const [one, two] = await Promise.all([store.open(), store.open()]);
    expect(store.size).toBe(2);
    await store.destroy(one);
    await store.destroy(two);
    expect(destroyed).toEqual([1, 2]);
    expect(store.size).toBe(0);
  });

  it("waits for the end of a destroy and passes its failure on", async () => {
    const store = new GenericPoolStore<number>(
      1,
      async () => opened(1),
      () => Promise.reject(new Error("stuck")),
    );
    await expect(store.destroy(await store.open())).rejects.toThrow("stuck");
    await expect(store.open()).resolves.toMatchObject({ ok: true });
  });

  it("hands failed opens over like others and destroys nothing for them", async () => {
    const destroyed: number[] = [];
    const store = new GenericPoolStore<number>(
      1,
      async () => failed(),
      (resource) => destroyed.push(resource),
    );
    for (let attempt = 0; attempt < 3; attempt++) {
      const result = await store.open();
      expect(result.ok).toBe(false);
      await store.destroy(result);
    }
    expect(destroyed).toEqual([]);
    expect(store.size).toBe(0);
  });

  it("waits for what is left of an open that was given up", async () => {
    const left = deferred();
    const store = new GenericPoolStore<number>(
      1,
      async () => failed(left.promise),
      () => {},
    );
    let gone = false;
    const end = store.destroy(await store.open()).then(() => (gone = true));
    await new Promise(setImmediate);
    expect(gone).toBe(false);
    left.resolve();
    await end;
  });
});
