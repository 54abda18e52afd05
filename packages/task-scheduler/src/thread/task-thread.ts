/**
 * The program of a pool's thread. It is bundled into `src/gen/thread-source.ts`, a text that the scheduler starts its
 * threads with: a bundler of the user's program cannot lose it. So it imports nothing at run time.
 */
import { LazyContext } from "../task-context.ts";
import { type ErrorRecord, decodeReason, encodeError } from "./error-record.ts";
import { ItemSender, UncloneableItem } from "./item-sender.ts";
import {
  type CallDetails,
  type Calls,
  ERROR,
  type FromThread,
  type FunctionName,
  HEAP_WORD,
  type ItemOutcome,
  LOADED,
  LOAD_FAILED,
  NOT_CLONEABLE,
  type NotCloneable,
  POSTED,
  PROGRESS,
  RESULT,
  REVOKED,
  SLOTS,
  STARTED,
  type ThreadData,
  type ToThread,
  UNKNOWN_TASK,
  WAS_REVOKED,
  sharedTime,
} from "./protocol.ts";
import { type TaskFunctions, callTask } from "./task-sets.ts";

interface KnownFunction {
  readonly functions: TaskFunctions;
  readonly name: string;
}

/** A call that goes on after its function has returned. */
interface LiveCall {
  context: LazyContext | undefined;
  items: ItemSender | undefined;
}

const HEAP_CHECK_MS = 50;

/** The side of the thread: loads task files, runs calls in order and answers each. Async ones run `perThread` at once. */
export class TaskThread {
  readonly #send: (message: FromThread) => void;
  readonly #words: Int32Array;
  readonly #load: (set: string, url: string) => Promise<TaskFunctions>;
  readonly #perThread: number;
  readonly #heap: boolean;
  readonly #sets = new Map<string, TaskFunctions>();
  readonly #functions: (KnownFunction | undefined)[] = [];
  #inbox: Calls = [];
  #head = 0;
  #loading = 0;
  #heapSeenAt = 0;
  readonly #live = new Map<number, LiveCall>();

  constructor(
    send: (message: FromThread) => void,
    words: Int32Array,
    load: (set: string, url: string) => Promise<TaskFunctions>,
    { perThread, heap }: Pick<ThreadData, "perThread" | "heap">,
  ) {
    this.#send = send;
    this.#words = words;
    this.#load = load;
    this.#perThread = perThread;
    this.#heap = heap;
  }

  /** Whether only a further message can give it something to do. */
  get isIdle(): boolean {
    return this.#live.size === 0 && this.#loading === 0;
  }

  receive(message: ToThread): void {
    if (Array.isArray(message)) {
      this.#inbox = this.#head === this.#inbox.length ? message : [...this.#inbox.slice(this.#head), ...message];
      this.#head = 0;
      this.#work();
    } else if (message.kind === "load") void this.#startLoad(message.set, message.url);
    else {
      const call = this.#live.get(message.slot);
      if (message.kind === "abort") call?.context?.abort(decodeReason(message.reason));
      else if (message.kind === "credit") call?.items?.credit(message.items);
      else call?.items?.finish();
    }
  }

  async #startLoad(set: string, url: string): Promise<void> {
    this.#loading += 1;
    try {
      this.#sets.set(set, await this.#load(set, url));
      this.#send([-1, LOADED, undefined, -1]);
    } catch (error) {
      this.#send([-1, LOAD_FAILED, encodeError(error), -1]);
    }
    this.#loading -= 1;
  }

  #work(): void {
    while (this.#head < this.#inbox.length && this.#live.size < this.#perThread) {
      const at = this.#head;
      this.#head += 4;
      this.#start(
        this.#inbox[at] as number,
        this.#known(this.#inbox[at + 1] as FunctionName),
        this.#inbox[at + 2] as readonly unknown[],
        this.#inbox[at + 3] as CallDetails | 0,
      );
    }
  }

  #known(name: FunctionName): KnownFunction | undefined {
    if (typeof name === "number") return this.#functions[name];
    const [id, set, key] = name;
    const functions = this.#sets.get(set);
    if (functions === undefined || !Object.hasOwn(functions, key)) return undefined;
    return (this.#functions[id] = { functions, name: key });
  }

  #start(slot: number, known: KnownFunction | undefined, args: readonly unknown[], details: CallDetails | 0): void {
    const begin = performance.now();
    this.#words[SLOTS + slot] = sharedTime(begin);
    if (Atomics.compareExchange(this.#words, slot, POSTED, STARTED) === REVOKED)
      this.#send([slot, WAS_REVOKED, undefined, -1]);
    else if (known === undefined) this.#send([slot, UNKNOWN_TASK, undefined, -1]);
    else this.#run(slot, known, args, details, begin);
  }

  #run(slot: number, known: KnownFunction, args: readonly unknown[], details: CallDetails | 0, begin: number): void {
    const call: LiveCall = { context: undefined, items: undefined };
    const context = () => (call.context ??= this.#newContext(slot, details));
    let value: unknown;
    try {
      if (details === 0) value = callTask(known.functions, known.name, args, context);
      else if (details.chunk) value = runChunk(known, args as readonly (readonly unknown[])[], context);
      else {
        value = callTask(known.functions, known.name, args, context);
        if (details.highWaterMark !== undefined) {
          call.items = new ItemSender(slot, details.highWaterMark, this.#send, context());
          value = call.items.run(value);
        }
      }
    } catch (error) {
      this.#send([slot, ERROR, encodeError(error), microsSince(begin)]);
      return;
    }
    if (isThenable(value)) this.#await(slot, value, call, details !== 0 && details.chunk ? begin : undefined);
    else this.#answer(slot, value, microsSince(begin));
  }

  #newContext(slot: number, details: CallDetails | 0): LazyContext {
    if (details === 0) return new LazyContext(1, undefined);
    const { attempt, scheduledAt, missed, progress } = details;
    const report = (value: unknown) => this.#send([slot, PROGRESS, value, -1]);
    const timing = scheduledAt === undefined ? undefined : { scheduledAt, missed };
    return new LazyContext(attempt, timing, progress ? report : undefined);
  }

  #await(slot: number, promise: PromiseLike<unknown>, call: LiveCall, chunkBegin: number | undefined): void {
    this.#live.set(slot, call);
    Promise.resolve(promise).then(
      (value) => {
        this.#live.delete(slot);
        if (chunkBegin === undefined) this.#answer(slot, value, -1);
        else this.#answerChunk(slot, value as ItemOutcome[], microsSince(chunkBegin));
        this.#work();
      },
      (error: unknown) => {
        this.#live.delete(slot);
        if (error instanceof UncloneableItem) this.#refuse(slot, "item", error.record);
        else this.#send([slot, ERROR, encodeError(error), -1]);
        this.#work();
      },
    );
  }

  #answer(slot: number, value: unknown, micros: number): void {
    if (this.#heap) this.#noteHeap();
    try {
      this.#send([slot, RESULT, value, micros]);
    } catch (error) {
      this.#refuse(slot, "result", encodeError(error));
    }
  }

  #answerChunk(slot: number, outcomes: ItemOutcome[], micros: number): void {
    if (this.#heap) this.#noteHeap();
    try {
      this.#send([slot, RESULT, outcomes, micros]);
    } catch {
      // Which item it is shows when each is cloned by itself.
      this.#send([slot, RESULT, outcomes.map(cloneableOutcome), micros]);
    }
  }

  #refuse(slot: number, side: NotCloneable["side"], error: ErrorRecord): void {
    this.#send([slot, NOT_CLONEABLE, { side, error } satisfies NotCloneable, -1]);
  }

  /** The statistics of a heap cost some microseconds: they are not asked for after each call. */
  #noteHeap(): void {
    const now = performance.now();
    if (now - this.#heapSeenAt < HEAP_CHECK_MS) return;
    this.#heapSeenAt = now;
    this.#words[HEAP_WORD] = process.memoryUsage().heapUsed / 2 ** 20;
  }
}

async function runChunk(
  { functions, name }: KnownFunction,
  items: readonly (readonly unknown[])[],
  context: () => LazyContext,
): Promise<ItemOutcome[]> {
  const outcomes: ItemOutcome[] = [];
  for (const args of items) {
    try {
      const value = callTask(functions, name, args, context);
      outcomes.push([true, isThenable(value) ? await value : value]);
    } catch (error) {
      outcomes.push([false, encodeError(error)]);
    }
  }
  return outcomes;
}

function cloneableOutcome(outcome: ItemOutcome): ItemOutcome {
  try {
    return structuredClone(outcome);
  } catch (error) {
    return [false, encodeError(error), true];
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return typeof (value as { then?: unknown }).then === "function";
}

function microsSince(begin: number): number {
  return Math.round((performance.now() - begin) * 1_000);
}
