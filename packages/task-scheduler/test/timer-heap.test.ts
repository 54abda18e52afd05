import { describe, expect, it } from "vitest";
import { type TimerEntry, TimerHeap } from "../src/timers/timer-heap.ts";

interface Entry extends TimerEntry {
  readonly due: number;
  readonly seq: number;
}

describe("TimerHeap", () => {
  it("gives the entries in order of due time and insertion, those cancelled not, in random runs", () => {
    for (let run = 0; run < 50; run += 1) {
      const heap = new TimerHeap<Entry>();
      let live: Entry[] = [];
      let seq = 0;
      for (let step = 0; step < 400; step += 1) {
        const dice = Math.random();
        if (dice < 0.55) {
          const entry: Entry = { due: Math.floor(Math.random() * 50), seq: ++seq, callback: () => {} };
          heap.push(entry.due, entry.seq, entry);
          live.push(entry);
        } else if (dice < 0.8 && live.length > 0) {
          const [entry] = live.splice(Math.floor(Math.random() * live.length), 1);
          if (entry !== undefined) entry.callback = undefined;
          heap.cancelled();
        } else if (live.length > 0) {
          live = live.toSorted((a, b) => a.due - b.due || a.seq - b.seq);
          expect(heap.peekDue()).toBe(live[0]?.due);
          expect(heap.pop()).toBe(live.shift());
        }
        expect(heap.size).toBe(live.length);
      }
      const rest = live.toSorted((a, b) => a.due - b.due || a.seq - b.seq);
      expect(rest.map(() => heap.pop())).toEqual(rest);
      expect(heap.peekDue()).toBe(Infinity);
    }
  });
});
