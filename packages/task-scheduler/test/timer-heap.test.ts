import { describe, expect, it } from "vitest";
import { type TimerId, TimerHeap } from "../src/timers/timer-heap.ts";

interface Entry {
  readonly due: number;
  readonly seq: number;
  readonly id: TimerId;
  readonly callback: () => void;
}

describe("TimerHeap", () => {
  it("gives the callbacks in order of due time and insertion, those cancelled not, in random runs", () => {
    for (let run = 0; run < 50; run += 1) {
      const heap = new TimerHeap();
      let live: Entry[] = [];
      const gone: TimerId[] = [];
      let seq = 0;
      for (let step = 0; step < 400; step += 1) {
        const dice = Math.random();
        if (dice < 0.55) {
          const [due, callback] = [Math.floor(Math.random() * 50), () => {}];
          live.push({ due, seq: ++seq, callback, id: heap.push(due, seq, callback) });
        } else if (dice < 0.8 && live.length > 0) {
          const [entry] = live.splice(Math.floor(Math.random() * live.length), 1);
          if (entry !== undefined) gone.push(entry.id);
          expect(heap.cancel(gone.at(-1) as TimerId)).toBe(true);
        } else if (live.length > 0) {
          live = live.toSorted((a, b) => a.due - b.due || a.seq - b.seq);
          expect(heap.peekDue()).toBe(live[0]?.due);
          const first = live.shift();
          expect(heap.pop()).toBe(first?.callback);
          if (first !== undefined) gone.push(first.id);
        }
        expect(heap.size).toBe(live.length);
      }
      expect(gone.filter((id) => heap.cancel(id))).toEqual([]);
      expect(new Set([...gone, ...live.map(({ id }) => id)]).size).toBe(seq);
      const rest = live.toSorted((a, b) => a.due - b.due || a.seq - b.seq);
      expect(rest.every(({ callback }) => heap.pop() === callback)).toBe(true);
      expect(heap.peekDue()).toBe(Infinity);
    }
  });
});
