import { isServertechError } from "@servertech/core";
import { type Scheduler, createScheduler } from "@servertech/task-scheduler";
import type { Config } from "../config.ts";
import { ApiError } from "../http/responses.ts";
import { passwordTasks } from "./password.tasks.ts";

/** Hashes and checks passwords on threads of its own: at most so many at once, the others wait in a bounded queue. */
export class Passwords {
  readonly #scheduler: Scheduler;
  readonly #ln: number;
  /** A hash of equal cost for logins without an account, so that they take as long. */
  #dummy: Promise<string> | undefined;

  constructor({ ln, concurrency, queue }: Config["scrypt"]) {
    this.#ln = ln;
    this.#scheduler = createScheduler({ cpu: { min: 0, max: concurrency, queue: { max: queue } } });
  }

  hash(password: string): Promise<string> {
    return orUnavailable(this.#scheduler.run(passwordTasks.hash, { args: [password, this.#ln] }));
  }

  /** `outdated`: the hash is valid but of another cost than today's. */
  verify(password: string, phc: string): Promise<{ valid: boolean; outdated: boolean }> {
    return orUnavailable(this.#scheduler.run(passwordTasks.verify, { args: [password, phc, this.#ln] }));
  }

  /** Takes as long as `verify` and says no. */
  async verifyNothing(password: string): Promise<{ valid: false; outdated: false }> {
    this.#dummy ??= this.hash("not anybody's password");
    try {
      await this.verify(password, await this.#dummy);
    } catch (error) {
      this.#dummy = undefined;
      throw error;
    }
    return { valid: false, outdated: false };
  }

  /** Makes the dummy hash before the first login needs it: the first one would take twice as long. */
  async warmUp(): Promise<void> {
    this.#dummy ??= this.hash("not anybody's password");
    await this.#dummy;
  }

  stats(): ReturnType<Scheduler["stats"]> {
    return this.#scheduler.stats();
  }

  close(options?: { timeoutMs?: number | undefined; signal?: AbortSignal | undefined }): Promise<void> {
    return this.#scheduler.close(options);
  }
}

/** A full queue is the client's cue to come back later. */
async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isServertechError(error, "SCHEDULER_QUEUE_FULL"))
      throw new ApiError(503, "UNAVAILABLE", "Too many logins at once", { "Retry-After": "2" });
    throw error;
  }
}
