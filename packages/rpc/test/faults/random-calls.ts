/** Calls of all kinds, some of which hang, fail, are given up or not read to their end. */
import { strictEqual } from "node:assert";
import { type Client, type Handlers, RpcError, type Server, createServer, isRpcError } from "../../src/index.ts";
import { Echo, echoHandlers } from "../echo-service.ts";
import type { Random } from "../fuzz/random.ts";
import { aborted } from "../gate.ts";
import type { LoopLag } from "./loop-lag.ts";

/** Late by so much a deadline may be noticed. */
const LATE_MS = 50;

export const faultyHandlers: Handlers<typeof Echo.methods> = {
  async unary(request, context) {
    if (request.id === "hang") throw await aborted(context.signal);
    return echoHandlers.unary(request, context);
  },
  async *serverStream(request, context) {
    yield* echoHandlers.serverStream(request, context);
    if (request.id === "hang") throw await aborted(context.signal);
  },
  clientStream: (requests, context) => echoHandlers.clientStream(requests, context),
  bidi: (requests, context) => echoHandlers.bidi(requests, context),
};

export function faultyServer(): Server {
  return createServer().add(Echo, faultyHandlers);
}

export interface Outcomes {
  ok: number;
  failed: number;
  aborted: number;
}

export class RandomCalls {
  readonly #client: Client<typeof Echo.methods>;
  readonly #random: Random;
  readonly #lag: LoopLag;
  readonly outcomes: Outcomes;

  constructor(
    client: Client<typeof Echo.methods>,
    random: Random,
    lag: LoopLag,
    outcomes: Outcomes = { ok: 0, failed: 0, aborted: 0 },
  ) {
    this.outcomes = outcomes;
    this.#client = client;
    this.#random = random;
    this.#lag = lag;
  }

  /** Makes one call and waits for all that it promised. @throws AssertionError when it settles late. */
  async one(mostMs: number): Promise<void> {
    const random = this.#random;
    const timeoutMs = 20 + random.below(mostMs);
    const caller = new AbortController();
    const gaveUp = new Error("given up");
    const givesUp = random.chance(0.15) ? setTimeout(() => caller.abort(gaveUp), random.below(timeoutMs)) : undefined;
    const started = performance.now();
    const lost = this.#lag.lost;
    try {
      await this.#call({ timeoutMs, signal: caller.signal });
      this.outcomes.ok += 1;
    } catch (error) {
      if (error === gaveUp) this.outcomes.aborted += 1;
      else if (isRpcError(error)) this.outcomes.failed += 1;
      else throw error;
    } finally {
      clearTimeout(givesUp);
    }
    const late = performance.now() - started - timeoutMs - (this.#lag.lost - lost);
    if (late > LATE_MS) throw new Error(`a call settled ${late.toFixed(0)} ms after its deadline of ${timeoutMs} ms`);
  }

  async #call(options: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<void> {
    const random = this.#random;
    const data = Buffer.alloc(random.of([0, 10, 1_000, 100_000]));
    const id = random.chance(0.2) ? "hang" : "x";
    switch (random.below(4)) {
      case 0: {
        const reply = await this.#client.unary({ id, data, failCode: random.chance(0.1) ? 5 : 0 }, options);
        strictEqual(reply.data.length, data.length);
        return;
      }
      case 1: {
        const call = this.#client.serverStream({ id, count: random.below(200) }, options);
        let seq = 0n;
        for await (const message of call) {
          strictEqual(message.seq, seq++);
          if (random.chance(0.002)) break;
        }
        await call.status;
        return;
      }
      case 2: {
        const call = this.#client.clientStream(options);
        const count = random.below(20);
        const sent = Array.from({ length: count }, () => call.send({ id, data }));
        const [reply] = await Promise.all([call.end(), Promise.allSettled(sent), call.status]);
        strictEqual(reply.seq, BigInt(count));
        return;
      }
      default: {
        const call = this.#client.bidi(options);
        for (let i = random.below(10); i > 0; i--) {
          await call.send({ id, data });
          if (random.chance(0.7) && (await call.next()).done === true) throw new RpcError(2, "ended early");
        }
        if (random.chance(0.8)) call.end();
        else call.cancel();
        for await (const message of call) strictEqual(message.data.length, data.length);
        await call.status;
      }
    }
  }
}
