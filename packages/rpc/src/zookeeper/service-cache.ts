import { type Logger, backoffMs } from "@servertech/core";
import { isZooKeeperError } from "./client/errors.ts";
import type { WatchEvent, ZooKeeperClient } from "./client/zookeeper-client.ts";
import { InstanceList, type ListToken, type ReadToken } from "./instance-list.ts";
import type { ServiceChange, ServiceInstance } from "./registry-types.ts";
import type { RecordCodec } from "./record-codec.ts";
import type { WatchSupport } from "./watch-support.ts";

export interface CacheListener {
  changed(change: ServiceChange): void;
  held(count: number): void;
  /** There is a first list. */
  listed(): void;
}

export interface CacheSettings {
  /** `false`: a listing is believed whatever it drops. */
  readonly panicGuard: { readonly ratio: number; readonly holdMs: number } | false;
  readonly codec: RecordCodec;
  /** Shared by all caches of a client. */
  readonly support: WatchSupport;
  /** Told of each list that is known to be the truth. */
  readonly save: ((name: string, instances: readonly ServiceInstance[]) => void) | undefined;
  readonly logger: Logger;
}

const RETRY = { minMs: 50, maxMs: 3_000, jitter: 0.5 };

/**
 * Follows one service: a watch that stays, a listing after each connect, a read for each change. Where the server has no
 * such watches, one that tells one change is set with each listing and each read.
 */
export class ServiceCache {
  readonly name: string;
  readonly #path: string;
  readonly #client: ZooKeeperClient;
  readonly #settings: CacheSettings;
  readonly #list = new InstanceList();
  readonly #listeners = new Set<CacheListener>();
  #invalidNodes = 0;
  #isListed = false;
  /** The listing of this connection is complete. */
  #isFresh = false;
  /** The client has a watch that stays. */
  #watching = false;
  /** Ids read on this connection, without an event since: a watch tells of their next change. */
  readonly #known = new Set<string>();
  #failures = 0;
  #generation = 0;
  #retryTimer: NodeJS.Timeout | undefined;
  #holdTimer: NodeJS.Timeout | undefined;
  #telling = false;
  #toldHeld = 0;
  #closed = false;
  #lastError: unknown;

  constructor(name: string, path: string, client: ZooKeeperClient, settings: CacheSettings) {
    this.name = name;
    this.#path = path;
    this.#client = client;
    this.#settings = settings;
  }

  get instances(): readonly ServiceInstance[] {
    return this.#list.instances;
  }

  get size(): number {
    return this.#list.size;
  }

  get isListed(): boolean {
    return this.#isListed;
  }

  get stale(): boolean {
    return !this.#isFresh || this.#client.state !== "connected";
  }

  get invalidNodes(): number {
    return this.#invalidNodes;
  }

  get held(): number {
    return this.#list.held;
  }

  /** Why the last attempt to list failed. */
  get lastError(): unknown {
    return this.#lastError;
  }

  get listeners(): Set<CacheListener> {
    return this.#listeners;
  }

  /** Begins with a list of before, unless there is one. It is stale until the first listing. */
  restore(instances: readonly ServiceInstance[]): void {
    if (this.#isListed || this.#closed) return;
    this.#list.restore(instances);
    this.#first();
  }

  /** A connection is up. */
  connected(): void {
    this.#failures = 0;
    this.#relist();
  }

  disconnected(): void {
    this.#stopRetry();
    this.#isFresh = false;
    this.#known.clear();
    this.#list.forgetReads();
    // A listing whose reads are under way is not to be taken for complete.
    this.#generation += 1;
  }

  /** An event at or below the service's path. */
  event({ type, path }: WatchEvent): void {
    if (path === this.#path) {
      // A watch that stays tells of each instance by itself.
      if (this.#settings.support.oneShot && type !== "dataChanged") this.#relist();
      return;
    }
    const id = path.slice(this.#path.length + 1);
    // A node below an instance is none of ours.
    if (id.includes("/")) {
      if (type === "created") this.#invalidNodes += 1;
      return;
    }
    this.#known.delete(id);
    if (type === "deleted") {
      this.#list.deleted(id);
      this.#changed();
      return;
    }
    this.#list.touch(id);
    void this.#read(id);
  }

  close(): void {
    this.#closed = true;
    this.#stopRetry();
    clearTimeout(this.#holdTimer);
    this.#list.forgetReads();
    // Nobody waits for it: at worst events come that nobody reads.
    this.#client.removeWatch(this.#path).catch((error: unknown) => {
      this.#settings.logger.debug({ err: error, service: this.name }, "a watch could not be removed");
    });
  }

  #relist(): void {
    this.#stopRetry();
    const token = this.#list.list();
    const generation = ++this.#generation;
    // All on the wire at once: the watch first, so that nothing falls between it and the list.
    const watched = this.#watch();
    const listed = this.#children();
    Promise.all([watched, listed]).then(
      ([, ids]) => {
        if (this.#closed || !this.#list.isCurrentList(token)) return;
        const toRead = this.#listed(token, ids);
        void Promise.all(toRead.map((id) => this.#read(id))).then((done) => {
          if (generation === this.#generation && done.every(Boolean)) this.#complete();
        });
      },
      (error: unknown) => {
        if (this.#list.isCurrentList(token)) this.#failed(error);
      },
    );
  }

  async #watch(): Promise<void> {
    const { support } = this.#settings;
    if (this.#watching || support.oneShot) return;
    try {
      await this.#client.addWatch(this.#path, "persistentRecursive");
      this.#watching = true;
      support.succeeded();
    } catch (error) {
      support.failed(error);
      throw error;
    }
  }

  /** The names of the nodes, none where nobody ever registered. */
  async #children(): Promise<string[]> {
    const watch = this.#settings.support.oneShot;
    try {
      return (await this.#client.getChildren(this.#path, { watch })).children;
    } catch (error) {
      if (!isZooKeeperError(error, "ZK_NO_NODE")) throw error;
    }
    // A watch that stays waits for the node by itself.
    const created = watch ? await this.#client.exists(this.#path, { watch }) : undefined;
    return created === undefined ? [] : this.#children();
  }

  /** @returns ids to be read. */
  #listed(token: ListToken, ids: readonly string[]): string[] {
    const guard = this.#settings.panicGuard;
    // While connected a listing, too, tells nothing but deletions.
    const { ratio, holdMs } = guard === false || this.#isFresh ? { ratio: Infinity, holdMs: 0 } : guard;
    const toRead = this.#list.listDone(token, ids, ratio, performance.now() + holdMs);
    this.#hold();
    this.#changed();
    // A listing after a failure goes on where that one stopped: a slow server would never be done with all of them.
    return toRead.filter((id) => !this.#known.has(id) && !(this.#isFresh && this.#list.isReading(id)));
  }

  #complete(): void {
    if (this.#closed) return;
    this.#isFresh = true;
    this.#failures = 0;
    this.#lastError = undefined;
    if (!this.#isListed) this.#first();
    this.#settings.save?.(this.name, this.#list.instances);
  }

  #first(): void {
    this.#isListed = true;
    this.#list.take();
    for (const listener of this.#listeners) listener.listed();
  }

  /** Resolves to false when the answer is not known. */
  async #read(id: string): Promise<boolean> {
    const token = this.#list.read(id);
    const watch = this.#settings.support.oneShot;
    try {
      const { data } = await this.#client.getData(`${this.#path}/${id}`, { watch });
      this.#readDone(token, data);
      return true;
    } catch (error) {
      return this.#readFailed(token, error);
    }
  }

  #readDone(token: ReadToken, data: Buffer | null): void {
    if (!this.#list.isCurrent(token)) return;
    this.#known.add(token.id);
    const instance = this.#settings.codec.decode(this.name, token.id, data);
    if (instance === undefined) this.#invalidNodes += 1;
    this.#list.readDone(token, instance === "disabled" ? undefined : instance);
    this.#changed();
  }

  #readFailed(token: ReadToken, error: unknown): boolean {
    if (this.#closed || !this.#list.isCurrent(token)) return true;
    const gone = isZooKeeperError(error, "ZK_NO_NODE");
    const hidden = isZooKeeperError(error, "ZK_NO_AUTH");
    if (hidden) this.#invalidNodes += 1;
    if (!gone && !hidden) {
      this.#failed(error);
      return false;
    }
    this.#list.readDone(token, undefined);
    this.#changed();
    return true;
  }

  /** List again later. A lost connection lists again by itself. */
  #failed(error: unknown): void {
    this.#lastError = error;
    this.#isFresh = false;
    // Many reads may fail together.
    const willRetry = this.#retryTimer !== undefined;
    if (this.#closed || willRetry || this.#client.state !== "connected") return;
    if (this.#failures === 0)
      this.#settings.logger.warn({ err: error, service: this.name }, "a service cannot be listed");
    this.#retryTimer = setTimeout(() => this.#relist(), backoffMs(this.#failures, RETRY)).unref();
    this.#failures += 1;
  }

  #stopRetry(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
  }

  /** Drops what is held once its time is over; what a later listing held stays longer. */
  #hold(): void {
    clearTimeout(this.#holdTimer);
    const { heldUntilMs } = this.#list;
    if (heldUntilMs === undefined) return;
    this.#holdTimer = setTimeout(
      () => {
        this.#list.dropHeld(performance.now());
        this.#changed();
        this.#hold();
      },
      Math.max(1, heldUntilMs - performance.now()),
    ).unref();
  }

  /** Tells once a turn of the event loop, however much came in. */
  #changed(): void {
    if (this.#telling) return;
    this.#telling = true;
    setImmediate(() => {
      this.#telling = false;
      if (this.#closed) return;
      const change = this.#isListed ? this.#list.take() : undefined;
      if (change !== undefined) {
        for (const listener of this.#listeners) listener.changed(change);
        if (this.#isFresh) this.#settings.save?.(this.name, this.#list.instances);
      }
      this.#tellHeld();
    });
  }

  #tellHeld(): void {
    const { held } = this.#list;
    if (held === this.#toldHeld) return;
    if (held > this.#toldHeld)
      this.#settings.logger.warn(
        { service: this.name, held },
        "most of a service's instances are gone: they stay in the list for now",
      );
    this.#toldHeld = held;
    for (const listener of this.#listeners) listener.held(held);
  }
}
