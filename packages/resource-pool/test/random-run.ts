import { describe, expect, it } from "vitest";
import { isServertechError } from "@servertech/core";
import { type CreateContext, createResourcePool } from "../src/index.ts";
import { seededRandom } from "../../../tools/seeded-random.ts";

const MAX = 5;
const CALLERS = 40;
const ROUNDS = 60;

const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

interface Live {
  holder: number | undefined;
  open: boolean;
  lost: () => void;
}

/** Many callers against resources that fail, hang and get lost: nothing is lent twice, and every count returns to zero. */
export function randomRuns(seeds: readonly number[]): void {
  describe("a long random run", () => {
    it.each(seeds)(
      "keeps every promise, seed %i",
      async (seed) => {
        const random = seededRandom(seed);
        const chance = (part: number) => random() < part;
        let live = 0;
        const all: Live[] = [];
        const broken: string[] = [];

        const pool = createResourcePool<Live>({
          create: async ({ signal, lost }: CreateContext) => {
            live += 1;
            if (live > MAX) broken.push(`${live} live for at most ${MAX}`);
            const hang = chance(0.02);
            await Promise.race([
              hang ? new Promise(() => {}) : pause(random() * 3),
              new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true })),
            ]);
            if (signal.aborted || chance(0.2)) {
              live -= 1;
              throw new Error("no luck");
            }
            const resource = { holder: undefined, open: true, lost };
            all.push(resource);
            return resource;
          },
          destroy: async (resource) => {
            if (!resource.open) broken.push("destroyed twice");
            if (resource.holder !== undefined) broken.push("destroyed under its holder");
            resource.open = false;
            if (chance(0.5)) await pause(random() * 4);
            live -= 1;
            if (chance(0.1)) throw new Error("destroy failed");
          },
          validate: async () => {
            if (chance(0.3)) await pause(random() * 3);
            if (chance(0.05)) throw new Error("validate failed");
            if (chance(0.05)) await pause(40);
            return !chance(0.1);
          },
          reset: () => {
            if (chance(0.7)) return undefined;
            if (chance(0.05)) throw new Error("reset failed");
            return pause(random() * 2).then(() => !chance(0.1));
          },
          max: MAX,
          min: 2,
          connectTimeoutMs: 25,
          validationTimeoutMs: 20,
          aliveBypassMs: 1,
          acquireTimeoutMs: 2_000,
          maxLifetimeMs: 200,
          idleTimeoutMs: 30,
          keepaliveMs: 15,
          leakDetectionMs: 20,
          backoffMinMs: 1,
          backoffMaxMs: 5,
        });

        let lent = 0;
        let returned = 0;
        const outcomes = new Map<string, number>();
        const turn = async (caller: number): Promise<void> => {
          const controller = new AbortController();
          const aborting = chance(0.1)
            ? setTimeout(() => controller.abort(new Error("gone")), random() * 10)
            : undefined;
          const timeoutMs = chance(0.1) ? 1 + Math.floor(random() * 10) : undefined;
          try {
            const priority = chance(0.2) ? Math.floor(random() * 5) - 2 : undefined;
            const lease =
              (chance(0.1) ? pool.tryAcquire() : undefined) ??
              (await pool.acquire({ signal: controller.signal, timeoutMs, priority }));
            lent += 1;
            const { resource } = lease;
            if (!resource.open) broken.push("lent although destroyed");
            if (resource.holder !== undefined) broken.push(`lent to ${caller} while ${resource.holder} holds it`);
            resource.holder = caller;
            if (chance(0.5)) await pause(random() * 3);
            if (chance(0.05)) resource.lost();
            if (resource.holder !== caller) broken.push("the holder changed");
            resource.holder = undefined;
            returned += 1;
            if (chance(0.1)) lease.destroy(new Error("broken"));
            else lease.release();
          } catch (error) {
            const outcome = isServertechError(error) ? error.code : (error as Error).message;
            outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          } finally {
            clearTimeout(aborting);
          }
        };

        await Promise.all(
          Array.from({ length: CALLERS }, async (_, caller) => {
            for (let round = 0; round < ROUNDS; round++) {
              await turn(caller);
              if (chance(0.01)) pool.evict();
              if (chance(0.01)) {
                pool.suspend();
                setTimeout(() => pool.resume(), random() * 5);
              }
              if (chance(0.01))
                pool.warmup(1 + Math.floor(random() * MAX), { timeoutMs: 20 }).catch((error: unknown) => {
                  if (!isServertechError(error, "POOL_ACQUIRE_TIMEOUT")) broken.push(String(error));
                });
              if (chance(0.02)) all.at(Math.floor(random() * all.length))?.lost();
              const { size, connecting, closing, idle, inUse } = pool.stats();
              if (size + connecting + closing > MAX) broken.push(`${size} + ${connecting} + ${closing} > ${MAX}`);
              if (idle + inUse > size) broken.push(`${idle} idle and ${inUse} in use of ${size}`);
            }
          }),
        );

        pool.resume();
        expect(broken).toEqual([]);
        expect([...outcomes.keys()].filter((outcome) => !["gone", "POOL_ACQUIRE_TIMEOUT"].includes(outcome))).toEqual(
          [],
        );
        const unserved = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
        expect(lent + unserved).toBe(CALLERS * ROUNDS);
        expect(returned).toBe(lent);
        expect(pool.stats()).toMatchObject({ inUse: 0, waiting: 0, acquired: lent });
        await expect(pool.close()).resolves.toEqual({ leaked: 0 });
        expect(pool.stats()).toMatchObject({ size: 0, idle: 0, connecting: 0, closing: 0 });
        await expect.poll(() => live).toBe(0);
        expect(all.every(({ open }) => !open)).toBe(true);
      },
      30_000,
    );
  });
}
