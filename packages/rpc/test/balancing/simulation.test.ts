/**
 * What a balancer is worth: twenty clients, ten servers of which one is ten times slower, 60 % load. Each server works on one
 * call after another; the times are in mean service times, and the clock is the simulation's.
 */
import { expect, it } from "vitest";
import type { Balancer, Candidate } from "../../src/client/balancing/balancer.ts";
import { P2cEwma } from "../../src/client/balancing/p2c-ewma.ts";
import { PeakEwma } from "../../src/client/balancing/peak-ewma.ts";
import { RoundRobin } from "../../src/client/balancing/round-robin.ts";

/** Numbers from 0 to 1 that are the same in every run: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Server {
  readonly slowness: number;
  busyUntil: number;
}

interface View extends Candidate {
  readonly server: Server;
  inFlight: number;
}

const CALLS = 25_000;
const SERVERS = 10;
const CLIENTS = 20;
const LOAD = 0.6;
const MEAN_MS = 10;
const SAMPLE_EVERY = 8;

/** @returns the latency that 99 % of the calls stay below, in mean service times. */
function p99(make: (random: () => number) => Balancer<View>, withLatency: boolean, slowness: number): number {
  const random = seeded(7);
  const exponential = (mean: number) => -mean * Math.log(1 - random());
  const servers = Array.from(
    { length: SERVERS },
    (_, i): Server => ({ slowness: i === 0 ? slowness : 1, busyUntil: 0 }),
  );
  const clients = Array.from({ length: CLIENTS }, () => {
    const balancer = make(random);
    const views = servers.map(
      (server, i): View => ({ endpoint: { id: `${i}` }, weight: 1, inFlight: 0, latency: new PeakEwma(), server }),
    );
    balancer.update(views);
    return { balancer, calls: 0 };
  });
  // What the servers can do together, and 60 % of it.
  const capacity = servers.reduce((sum, server) => sum + 1 / (MEAN_MS * server.slowness), 0);
  const ends: { at: number; view: View; tookMs: number; timed: boolean }[] = [];
  const latencies: number[] = [];
  let now = 1;
  for (let call = 0; call < CALLS; call++) {
    now += exponential(1 / (capacity * LOAD));
    for (;;) {
      const next = ends[0];
      if (next === undefined || next.at > now) break;
      ends.shift();
      next.view.inFlight -= 1;
      if (next.timed && withLatency) next.view.latency.record(next.tookMs, next.at);
    }
    const client = clients[Math.floor(random() * CLIENTS)] as (typeof clients)[number];
    const view = client.balancer.pick(undefined, undefined) as View;
    const { server } = view;
    const timed = view.inFlight === 0 || client.calls++ % SAMPLE_EVERY === 0;
    view.inFlight += 1;
    server.busyUntil = Math.max(server.busyUntil, now) + exponential(MEAN_MS * server.slowness);
    const tookMs = server.busyUntil - now;
    latencies.push(tookMs);
    const end = { at: server.busyUntil, view, tookMs, timed };
    let at = ends.length;
    while (at > 0 && (ends[at - 1] as typeof end).at > end.at) at -= 1;
    ends.splice(at, 0, end);
  }
  const sorted = latencies.toSorted((a, b) => a - b);
  return (sorted[Math.floor(sorted.length * 0.99)] ?? 0) / MEAN_MS;
}

/** Any server at random. */
class AtRandom implements Balancer<View> {
  readonly needsLatency = false;
  readonly #random: () => number;
  #all: readonly View[] = [];
  constructor(random: () => number) {
    this.#random = random;
  }
  update(all: readonly View[]): void {
    this.#all = all;
  }
  pick(): View | undefined {
    return this.#all[Math.floor(this.#random() * this.#all.length)];
  }
}

it("keeps nearly all calls away from a slow server: far better than chance, turns, or calls in flight alone", () => {
  const random = p99((draw) => new AtRandom(draw), false, 10);
  const turns = p99(() => new RoundRobin(), false, 10);
  const inFlight = p99((draw) => new P2cEwma(draw), false, 10);
  const ewma = p99((draw) => new P2cEwma(draw), true, 10);
  expect(random).toBeGreaterThan(100);
  expect(turns).toBeGreaterThan(100);
  expect(inFlight).toBeLessThan(random / 5);
  expect(ewma).toBeLessThan(inFlight / 2);
}, 30_000);

it("is no worse among equals", () => {
  const random = p99((draw) => new AtRandom(draw), false, 1);
  const ewma = p99((draw) => new P2cEwma(draw), true, 1);
  expect(ewma).toBeLessThan(random * 1.1);
}, 30_000);
