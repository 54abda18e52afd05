import { randomUUID } from "node:crypto";
import { channel } from "node:diagnostics_channel";
import { abortable, CloseOnce, type CloseOptions, isTraced, optionChecks, type ReadyOptions } from "@servertech/core";
import { ZooKeeperError } from "./client/errors.ts";
import type { ClientState } from "./client/session-machine.ts";
import { createZooKeeperClient, type WatchEvent, type ZooKeeperClient } from "./client/zookeeper-client.ts";
import { CachedServiceWatcher } from "./cached-service-watcher.ts";
import { checkAcls, CLIENT_OPTION_NAMES } from "./client/options.ts";
import { type RegistrySettings, resolveRegistryOptions, type ZooKeeperRegistryOptions } from "./options.ts";
import type {
  Registration,
  Registry,
  RegistryHealth,
  RegistryStats,
  ServiceInit,
  ServiceInstance,
  ServiceWatcher,
} from "./registry-types.ts";
import { ServiceCache } from "./service-cache.ts";
import { checkName, recordOf } from "./service-record.ts";
import { ServiceRegistration } from "./service-registration.ts";
import { SnapshotFile } from "./snapshot-file.ts";
import { WatchSupport } from "./watch-support.ts";

/** What the channel `servertech:rpc:registry-state` tells. */
export interface RegistryStateMessage {
  readonly state: ClientState;
  readonly previous: ClientState;
  /** `0n` without a session. */
  readonly sessionId: bigint;
}

const stateChannel = channel("servertech:rpc:registry-state");

/** A registry in ZooKeeper: one session for all its registrations and watchers. It connects on first use. */
class ZooKeeperRegistry implements Registry {
  readonly #settings: RegistrySettings;
  readonly #client: ZooKeeperClient;
  readonly #registrations = new Set<ServiceRegistration>();
  /** By path: an id may be registered again while its last registration is on its way out. */
  readonly #newest = new Map<string, ServiceRegistration>();
  /** Closed, with nodes that may still be there. */
  readonly #leaving = new Set<ServiceRegistration>();
  readonly #caches = new Map<string, ServiceCache>();
  readonly #watchers = new Set<CachedServiceWatcher>();
  readonly #support = new WatchSupport();
  readonly #closing: CloseOnce;
  readonly #snapshot: SnapshotFile | undefined;
  #restoreTimer: NodeJS.Timeout | undefined;
  /** Lists of an earlier run, once no server was found in time. */
  #restored: ReadonlyMap<string, readonly ServiceInstance[]> | undefined;
  #everConnected = false;
  #state: ClientState = "connecting";
  #invalidNodes = 0;

  constructor(options: ZooKeeperRegistryOptions) {
    this.#settings = resolveRegistryOptions(options);
    const { snapshotFile, logger } = this.#settings;
    if (snapshotFile !== undefined) this.#snapshot = new SnapshotFile(snapshotFile, logger);
    const names = Object.entries(options).filter(([name]) => CLIENT_OPTION_NAMES.includes(name));
    this.#client = createZooKeeperClient(Object.fromEntries(names) as unknown as ZooKeeperRegistryOptions);
    this.#closing = new CloseOnce(({ force }) => this.#close(force));
    this.#client
      .on("session", () => this.#loseRegistrations())
      .on("connected", (isNewSession) => this.#connected(isNewSession))
      .on("suspended", () => this.#suspended())
      .on("lost", () => this.#lost())
      .on("closed", () => this.#become("closed"))
      .on("watch", (event) => this.#dispatch(event))
      .on("authFailed", () => this.#authFailed());
  }

  get health(): RegistryHealth {
    const { state } = this.#client;
    if (state === "connected") return "ok";
    return state === "lost" || state === "closed" ? "lost" : "stale";
  }

  async register(
    service: ServiceInit,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Registration> {
    const check = optionChecks(service, SERVICE_NAMES);
    if (service?.acl !== undefined) checkAcls(check, service.acl);
    if (service?.healthGate !== undefined) check.func("healthGate", service.healthGate);
    check.done(undefined);
    const { signal } = optionChecks(options, ["signal"]).done(options);
    signal?.throwIfAborted();
    this.#refuseClosed("register");
    const record = recordOf(service, service.id ?? randomUUID(), Date.now());
    const { jitterMs, logger, client, codec } = this.#settings;
    const registration = new ServiceRegistration(record, this.#client, {
      folder: `${this.#settings.base}/${record.name}`,
      acl: service.acl,
      jitterMs,
      requestTimeoutMs: client.requestTimeoutMs,
      maxRequestBytes: client.maxRequestBytes,
      codec,
      healthGate: service.healthGate,
      logger,
      isTaken: (path, by) => (this.#newest.get(path) ?? by) !== by,
      closed: (one, isGone) => {
        this.#registrations.delete(one);
        if (this.#newest.get(one.path) === one) this.#newest.delete(one.path);
        if (isGone || this.#closing.started) return;
        this.#leaving.add(one);
        this.#sweep(one);
      },
    });
    this.#registrations.add(registration);
    this.#newest.set(registration.path, registration);
    this.#start();
    try {
      await registration.registered(signal);
    } catch (error) {
      // It may be there all the same. Nobody waits for its end; the session's removes what is left.
      void registration.close();
      throw error;
    }
    return registration;
  }

  watch(name: string): ServiceWatcher {
    this.#refuseClosed("watch");
    checkName("name", name);
    const cache = this.#cacheOf(name);
    const { requestTimeoutMs } = this.#settings.client;
    const watcher = new CachedServiceWatcher(cache, requestTimeoutMs, (one) => {
      this.#watchers.delete(one);
      cache.listeners.delete(one);
      if (cache.listeners.size > 0) return;
      this.#caches.delete(name);
      this.#invalidNodes += cache.invalidNodes;
      cache.close();
    });
    cache.listeners.add(watcher);
    this.#watchers.add(watcher);
    return watcher;
  }

  async ready(options: ReadyOptions = {}): Promise<void> {
    await this.#client.ready(options);
  }

  close(options: CloseOptions = {}): Promise<void> {
    return this.#closing.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  stats(): RegistryStats {
    const { state, bytesIn, bytesOut, reconnects, expirations, protocolErrors } = this.#client.stats();
    const caches = [...this.#caches.values()];
    const sum = (of: (cache: ServiceCache) => number) => caches.reduce((total, cache) => total + of(cache), 0);
    return Object.freeze({
      state,
      bytesIn,
      bytesOut,
      reconnects,
      expirations,
      protocolErrors,
      registrations: this.#registrations.size,
      services: caches.length,
      instances: sum(({ size }) => size),
      invalidNodes: this.#invalidNodes + sum(({ invalidNodes }) => invalidNodes),
      held: sum(({ held }) => held),
    });
  }

  #cacheOf(name: string): ServiceCache {
    let cache = this.#caches.get(name);
    if (cache === undefined) {
      const { panicGuard, logger, base, codec } = this.#settings;
      cache = new ServiceCache(name, `${base}/${name}`, this.#client, {
        panicGuard,
        codec,
        support: this.#support,
        save: this.#snapshot && ((service, instances) => this.#snapshot?.save(service, instances)),
        logger,
      });
      this.#caches.set(name, cache);
      if (this.#client.state === "connected") cache.connected();
      else {
        this.#start();
        this.#restore(cache);
      }
    }
    return cache;
  }

  /** Opens the connection; what comes of it is told by events. */
  #start(): void {
    this.#client.connect();
    if (this.#snapshot === undefined || this.#everConnected) return;
    this.#restoreTimer ??= setTimeout(() => void this.#restoreAll(), SNAPSHOT_AFTER_MS).unref();
  }

  async #restoreAll(): Promise<void> {
    if (this.#everConnected) return;
    const restored = await this.#snapshot?.load();
    if (this.#everConnected) return;
    this.#restored = restored;
    for (const cache of this.#caches.values()) this.#restore(cache);
  }

  #restore(cache: ServiceCache): void {
    const instances = this.#everConnected ? undefined : this.#restored?.get(cache.name);
    if (instances !== undefined) cache.restore(instances);
  }

  #connected(isNewSession: boolean): void {
    this.#everConnected = true;
    clearTimeout(this.#restoreTimer);
    this.#restored = undefined;
    this.#support.connected(isNewSession);
    this.#become("connected");
    for (const cache of this.#caches.values()) cache.connected();
    for (const registration of this.#registrations) registration.kick();
    for (const registration of this.#leaving) this.#sweep(registration);
  }

  #sweep(registration: ServiceRegistration): void {
    void registration.sweep().then((isDone) => isDone && this.#leaving.delete(registration));
  }

  #suspended(): void {
    this.#become("suspended");
    for (const cache of this.#caches.values()) cache.disconnected();
  }

  #lost(): void {
    this.#become("lost");
    this.#loseRegistrations();
  }

  #loseRegistrations(): void {
    for (const registration of this.#registrations) registration.lost();
  }

  #authFailed(): void {
    const error = new ZooKeeperError("ZK_AUTH_FAILED", "the server refused the credentials", { errno: -115 });
    this.#settings.logger.error({ err: error }, "ZooKeeper refused the credentials");
    for (const registration of this.#registrations) registration.refuse(error);
  }

  /** `<base>/<name>` or a path below it. */
  #dispatch(event: WatchEvent): void {
    const start = this.#settings.base.length + 1;
    const end = event.path.indexOf("/", start);
    this.#caches.get(end < 0 ? event.path.slice(start) : event.path.slice(start, end))?.event(event);
  }

  #become(state: ClientState): void {
    const previous = this.#state;
    this.#state = state;
    const { sessionId } = this.#client;
    const fields = { state, previous, sessionId: sessionId.toString(16) };
    if (state === "connected" || state === "closed") this.#settings.logger.info(fields, `ZooKeeper: ${state}`);
    else this.#settings.logger.warn(fields, `ZooKeeper: ${state}`);
    if (isTraced(stateChannel)) stateChannel.publish({ state, previous, sessionId } satisfies RegistryStateMessage);
  }

  /** A disk that hangs does not hold up the close. */
  async #saveLists(force: AbortSignal): Promise<void> {
    await abortable(this.#snapshot?.flush() ?? Promise.resolve(), force).catch(() => {}); // time is up
  }

  #refuseClosed(op: string): void {
    if (this.#closing.started) throw new ZooKeeperError("ZK_CLOSED", `${op}: the registry is closed`, { op });
  }

  async #close(force: AbortSignal): Promise<void> {
    const bound = { timeoutMs: FOREVER_MS, signal: force };
    // Each has its own answer: what could not be deleted goes with the session.
    await Promise.all([...this.#registrations].map((registration) => registration.close(bound)));
    await Promise.all([...this.#watchers].map((watcher) => watcher.close(bound)));
    clearTimeout(this.#restoreTimer);
    await Promise.all([this.#client.close(bound), this.#saveLists(force)]);
  }
}

const SNAPSHOT_AFTER_MS = 1_000;

// The signal is the bound.
const FOREVER_MS = 2 ** 31 - 1;

const SERVICE_NAMES = ["name", "id", "address", "port", "meta", "payload", "enabled", "acl", "healthGate"];

/** A registry in ZooKeeper. @throws OptionError */
export function createZooKeeperRegistry(options: ZooKeeperRegistryOptions): Registry {
  return new ZooKeeperRegistry(options);
}
