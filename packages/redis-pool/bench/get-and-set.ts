/** The load of this package's benchmarks, for every client and runtime. */

const VALUE = "x".repeat(100);
const KEYS = Array.from({ length: 1_024 }, (_, n) => `bench:${n}`);

export interface Commands {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<unknown>;
}

/** Every second call reads what the one before has written. */
export function getAndSet(commands: Commands): () => Promise<void> {
  let n = 0;
  return async () => {
    const key = KEYS[(n >> 1) % KEYS.length] as string;
    if ((n++ & 1) === 0) await commands.set(key, VALUE);
    else {
      const value = await commands.get(key);
      if (value !== VALUE) throw new Error(`${key} has the value ${value}`);
    }
  };
}

/** So many of these calls at once. */
export function burstOf(size: number, commands: Commands): () => Promise<void> {
  const call = getAndSet(commands);
  return async () => {
    await Promise.all(Array.from({ length: size }, call));
  };
}
