import type { ResourcePoolOptions } from "../src/index.ts";

export interface Numbered {
  readonly id: number;
  open: boolean;
  /** What the pool was told to call when the resource dies. */
  readonly lost: (reason?: unknown) => void;
}

export interface NumberedFactory {
  create: ResourcePoolOptions<Numbered>["create"];
  destroy: (resource: Numbered) => void;
}

/** Resources numbered from 1 in the order they were opened. */
export function numbered(made: Numbered[] = []): NumberedFactory {
  return {
    create: ({ lost }) => {
      const resource = { id: made.length + 1, open: true, lost };
      made.push(resource);
      return resource;
    },
    destroy: (resource) => {
      resource.open = false;
    },
  };
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
