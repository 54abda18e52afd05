import { type DbPool, type DbPoolOptions, createDbPool } from "../../src/index.ts";

/** The URL of a database of a test file's own, emptied. */
export async function freshDatabase(serverUrl: string, name: string): Promise<string> {
  await using db = createDbPool({ url: serverUrl, max: 1 });
  await db.run(`DROP DATABASE IF EXISTS ${name}`);
  await db.run(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  const url = new URL(serverUrl);
  url.pathname = name;
  return url.href;
}

/** A promise and its ends. */
export function deferred<T = void>() {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}

/** What a promise rejects with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it did not reject");
}

export interface Watched {
  readonly watcher: DbPool;
  /** The pool's connections as the server sees them. */
  connections(): Promise<number>;
}

/** Watches a user's connections from outside of the pool under test. */
export async function watch(serverUrl: string, database: string): Promise<Watched & AsyncDisposable> {
  const options: DbPoolOptions = { url: serverUrl, max: 1, name: "watcher" };
  const watcher = createDbPool(options);
  await watcher.ready();
  return {
    watcher,
    connections: async () => {
      const sql = "SELECT COUNT(*) FROM information_schema.processlist WHERE db = ?";
      return watcher.value<number>(sql, [database]);
    },
    [Symbol.asyncDispose]: async () => {
      await watcher.close();
    },
  };
}
