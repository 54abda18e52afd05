import type { CloseOptions, ReadyOptions } from "@servertech/core";
import type { Acl } from "./client/acl.ts";
import type { ClientState } from "./client/session-machine.ts";

/** What callers should know of a service's instance beside its address. Anything else is passed on to them. */
export interface ServiceMeta {
  /** Share of calls relative to the others. Above 0. */
  readonly weight?: number | undefined;
  readonly zone?: string | undefined;
  /** The protocol it speaks. */
  readonly proto?: string | undefined;
  /** Its version. */
  readonly v?: string | undefined;
  readonly [key: string]: string | number | boolean | undefined;
}

/** An instance to be registered. */
export interface ServiceInit {
  /** The service's name: not empty, without `/` and control characters, not `.` or `..`. */
  readonly name: string;
  /** Of this instance, under the rules of `name`. Stable over reconnects and new sessions. @default a new UUID */
  readonly id?: string | undefined;
  /** Host name or IP address that callers reach it at. */
  readonly address: string;
  /** From 1 to 65,535. */
  readonly port: number;
  readonly meta?: ServiceMeta | undefined;
  /** Anything that JSON holds. Java readers of another payload type may find the whole service unreadable. @default null */
  readonly payload?: unknown;
  /** `false`: registered, and not in use. @default true */
  readonly enabled?: boolean | undefined;
  /** Rights of its node. @default the registry's `acl` */
  readonly acl?: readonly Acl[] | undefined;
  /**
   * Asked before it is registered, and before each time again in a new session. While the answer is false, fails, or
   * does not come within `requestTimeoutMs`, it is asked again at growing distances, of 2 s at most.
   */
  readonly healthGate?: (() => Promise<boolean> | boolean) | undefined;
}

/** An instance as found in the registry. */
export interface ServiceInstance {
  readonly name: string;
  readonly id: string;
  readonly address: string;
  readonly port: number | null;
  readonly sslPort: number | null;
  readonly meta: ServiceMeta;
  readonly payload: unknown;
  readonly uriSpec: unknown;
  /** Milliseconds since 1970. */
  readonly registeredAtMs: number;
}

/** How a list of instances changed. */
export interface ServiceChange {
  readonly added: readonly ServiceInstance[];
  readonly removed: readonly ServiceInstance[];
  /** As they are now. */
  readonly updated: readonly ServiceInstance[];
}

/** `ok`: connected. `stale`: not, for less than the session timeout. `lost`: longer, or closed. */
export type RegistryHealth = "ok" | "stale" | "lost";

/** A snapshot. Counts from the registry's start. */
export interface RegistryStats {
  readonly state: ClientState;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly reconnects: number;
  /** Sessions that ended while they were wanted. */
  readonly expirations: number;
  /** Replies that made no sense; each cost a connection. */
  readonly protocolErrors: number;
  /** Instances registered, or to be. */
  readonly registrations: number;
  /** Services watched. */
  readonly services: number;
  /** Instances in all lists. */
  readonly instances: number;
  /** Nodes read that are no instances. */
  readonly invalidNodes: number;
  /** Instances that the panic guard keeps. */
  readonly held: number;
}

/** Where servers register and callers find them. Users may bring their own, for other stores. */
export interface Registry extends AsyncDisposable {
  /**
   * Registers an instance and keeps it registered until it is closed: over reconnects, new sessions, a wiped registry.
   * Resolves once it is in the registry; while that is away it waits, until `signal` aborts or the registry closes.
   *
   * @throws ZooKeeperError `REGISTRY_INVALID_SERVICE`, `ZK_NO_AUTH`, `ZK_AUTH_FAILED`, `ZK_INVALID_ACL`, `ZK_TOO_LARGE`, `ZK_CLOSED`.
   */
  register(service: ServiceInit, options?: { readonly signal?: AbortSignal | undefined }): Promise<Registration>;
  /** Begins to follow a service. It creates nothing. @throws ZooKeeperError `REGISTRY_INVALID_SERVICE`, `ZK_CLOSED`. */
  watch(name: string): ServiceWatcher;
  readonly health: RegistryHealth;
  /** Resolves once there is a session. */
  ready(options?: ReadyOptions): Promise<void>;
  /** Takes all registrations out, ends the session and all watchers. */
  close(options?: CloseOptions): Promise<void>;
  stats(): RegistryStats;
}

/** Whether an instance is in the registry, is to come (back), or has left it. */
export type RegistrationState = "registered" | "pending" | "closed";

/** One instance in the registry. */
export interface Registration extends AsyncDisposable {
  readonly id: string;
  readonly state: RegistrationState;
  /**
   * Changes the metadata in place: callers see no gap. While the registry is away the newest value wins.
   *
   * @throws ZooKeeperError when it is not written within `requestTimeoutMs`; it is then written with the next registration.
   */
  update(meta: ServiceMeta): Promise<void>;
  /** `false` takes the instance out of rotation without leaving. As `update`. */
  setEnabled(enabled: boolean): Promise<void>;
  /**
   * Takes it out for good, within 1 s unless `timeoutMs` says otherwise.
   *
   * @returns false when the node could not be deleted in time: it is with the next connection, or by the session's end.
   */
  close(options?: CloseOptions): Promise<boolean>;
  on(event: "state", listener: (state: RegistrationState) => void): this;
  off(event: "state", listener: (state: RegistrationState) => void): this;
}

/** The list of a service's instances, kept up to date. */
export interface ServiceWatcher extends AsyncDisposable {
  readonly name: string;
  /** The same frozen array until it changes. Instances that are not enabled are not in it. */
  readonly instances: readonly ServiceInstance[];
  /** Before the first list, and while it cannot be told whether the list is the truth. */
  readonly stale: boolean;
  /** Resolves once there is a first list. */
  ready(options?: ReadyOptions): Promise<void>;
  /** `change`: the list is another, or there is a first one. `held`: the panic guard keeps that many instances now, or none any more. */
  on(event: "change", listener: (change: ServiceChange) => void): this;
  on(event: "held", listener: (count: number) => void): this;
  off(event: "change", listener: (change: ServiceChange) => void): this;
  off(event: "held", listener: (count: number) => void): this;
  /** Ends it; no event comes any more. The list stays readable. */
  close(options?: CloseOptions): Promise<void>;
}
