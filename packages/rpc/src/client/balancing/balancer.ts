import type { OptionChecks } from "@servertech/core";
import { ConsistentHash } from "./consistent-hash.ts";
import { P2cEwma } from "./p2c-ewma.ts";
import type { PeakEwma } from "./peak-ewma.ts";
import { RoundRobin } from "./round-robin.ts";

/** A server, or one of several connections to it, that a call may go to. */
export interface Candidate {
  readonly endpoint: { readonly id: string };
  /** Share of calls relative to the others; above 0. */
  readonly weight: number;
  /** Calls that it has. */
  readonly inFlight: number;
  /** How long its calls take. */
  readonly latency: PeakEwma;
}

/** Chooses among the servers that take calls. */
export interface Balancer<T extends Candidate> {
  /** Whether the choice depends on `Candidate.latency`. */
  readonly needsLatency: boolean;
  /** The servers that take calls are others now. */
  update(candidates: readonly T[]): void;
  /**
   * @param avoid the id of an endpoint that is taken only when there is no other.
   * @param key what a call is to be kept together by; undefined = nothing.
   * @returns undefined when there is none.
   */
  pick(avoid: string | undefined, key: string | undefined): T | undefined;
}

/** Gives the text whose equals go to the same server. `request` is undefined for calls whose caller streams. */
export type HashKey = (request: unknown, metadata: Readonly<Record<string, string | readonly string[]>>) => string;

/**
 * - `"p2c-ewma"`: of two servers drawn at random the one that answers sooner, by its calls in flight and its latency lately.
 * - `"round-robin"`: in turn, by weight.
 * - `{ hash }`: equal texts go to the same server, unless that has a quarter more than its share.
 */
export type BalancerOption = "p2c-ewma" | "round-robin" | { readonly hash: HashKey };

const CHOICES = 'must be "p2c-ewma", "round-robin" or { hash: function }';

export function checkBalancer(check: OptionChecks, balancer: BalancerOption = "p2c-ewma"): BalancerOption {
  if (balancer === "p2c-ewma" || balancer === "round-robin") return balancer;
  if (typeof balancer !== "object" || balancer === null) check.problem("balancer", CHOICES, balancer);
  else check.group("balancer", balancer, ["hash"]).func("hash", balancer.hash);
  return balancer;
}

export function createBalancer<T extends Candidate>(option: BalancerOption): Balancer<T> {
  if (option === "p2c-ewma") return new P2cEwma<T>();
  return option === "round-robin" ? new RoundRobin<T>() : new ConsistentHash<T>();
}
