import type { TaskReference } from "../define-tasks.ts";
import type { PriorityQueue, PriorityQueueOptions } from "../priority-queue.ts";
import { TaskSet } from "./task-set.ts";
import type { ThreadRun } from "./thread-run.ts";

/** The sets of tasks that a scheduler has seen, each with a queue of its own. */
export class TaskSets {
  readonly #aging: PriorityQueueOptions;
  readonly #sets = new Map<string, TaskSet>();

  constructor(aging: PriorityQueueOptions) {
    this.#aging = aging;
  }

  of(task: TaskReference): TaskSet {
    let set = this.#sets.get(task.set);
    if (set === undefined) this.#sets.set(task.set, (set = new TaskSet(task, this.#aging)));
    return set;
  }

  queues(): PriorityQueue<ThreadRun>[] {
    return [...this.#sets.values()].map(({ queue }) => queue);
  }

  /** The set of the next task to start, out of those not found blocked. */
  next(blocked: ReadonlySet<TaskSet>): TaskSet | undefined {
    const now = this.#sets.size > 1 ? this.#aging.now() : 0;
    let best: { set: TaskSet; priority: number; seq: number } | undefined;
    for (const set of this.#sets.values()) {
      const head = blocked.has(set) ? undefined : set.queue.peek();
      if (head === undefined) continue;
      if (this.#sets.size === 1) return set;
      const priority = set.queue.effectivePriority(head, now);
      if (best === undefined || priority > best.priority || (priority === best.priority && head.seq < best.seq))
        best = { set, priority, seq: head.seq };
    }
    return best?.set;
  }
}
