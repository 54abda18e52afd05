/** Hedged calls whose attempts fail: when they are made again. */
import { afterEach, describe, expect, it } from "vitest";
import {
  type ChannelOptions,
  type Client,
  RpcError,
  type Server,
  Status,
  createClient,
  createServer,
  retryInfo,
} from "../src/index.ts";
import { Echo, echoHandlers } from "./echo-service.ts";

const servers: Server[] = [];
const clients: Client<typeof Echo.methods>[] = [];

afterEach(async () => {
  for (const made of clients.splice(0)) await made.close({ timeoutMs: 0 });
  for (const server of servers.splice(0)) await server.close({ timeoutMs: 0 });
});

/** A client of two servers that are asked for a pause of `delayMs` by the first attempt that comes to one of them. */
async function calling(delayMs: number, options: Partial<ChannelOptions> = {}) {
  const times: number[] = [];
  const addresses: string[] = [];
  for (let i = 0; i < 2; i++) {
    const server = createServer().add(Echo, {
      ...echoHandlers,
      unary() {
        times.push(performance.now());
        if (times.length > 1) return { id: "good" };
        throw new RpcError(Status.Unavailable, "not yet", { details: [retryInfo(delayMs)] });
      },
    });
    servers.push(server);
    addresses.push(`127.0.0.1:${(await server.listen()).port}`);
  }
  const calls = createClient(Echo, {
    target: `static:${addresses.join(",")}`,
    hedge: { methods: [`${Echo.name}/Unary`], afterMs: 250 },
    ...options,
  });
  clients.push(calls);
  await calls.ready();
  await expect.poll(() => calls.stats().connections).toBe(2);
  return { calls, times };
}

const again = { idempotent: true };

describe("a hedged call that failed", () => {
  it("is made again after the pause that the server asks for, and no attempt is made before", async () => {
    const { calls, times } = await calling(500);
    expect(await calls.unary({}, again)).toMatchObject({ id: "good" });
    expect(times).toHaveLength(2);
    expect((times[1] as number) - (times[0] as number)).toBeGreaterThanOrEqual(499);
    expect(calls.stats()).toMatchObject({ calls: 1, errors: 0, inFlight: 0, retries: 1 });
  });

  it("fails at once when its deadline comes before the end of the pause", async () => {
    const { calls, times } = await calling(60_000);
    await expect(calls.unary({}, { ...again, timeoutMs: 5_000 })).rejects.toMatchObject({ message: "not yet" });
    expect(times).toHaveLength(1);
    expect(calls.stats()).toMatchObject({ errors: 1, inFlight: 0, retries: 0 });
  });

  it("ends in its pause with the caller's signal", async () => {
    const { calls, times } = await calling(60_000);
    const caller = new AbortController();
    const call = calls.unary({}, { ...again, timeoutMs: 0, signal: caller.signal });
    await expect.poll(() => calls.stats().retries).toBe(1);
    caller.abort(new Error("gone"));
    await expect(call).rejects.toThrow("gone");
    expect(times).toHaveLength(1);
    expect(calls.stats()).toMatchObject({ errors: 1, inFlight: 0 });
  });

  it("ends in its pause with its client", async () => {
    const { calls } = await calling(60_000);
    const call = calls.unary({}, { ...again, timeoutMs: 0 });
    const outcome = expect(call).rejects.toMatchObject({ code: "RPC_CLOSED" });
    await expect.poll(() => calls.stats().retries).toBe(1);
    await calls.close({ timeoutMs: 0 });
    await outcome;
  });
});
