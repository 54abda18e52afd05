import { expect, it } from "vitest";
import { StoredMessages } from "../../src/streams/stored-messages.ts";
import { Random } from "../fuzz/random.ts";

interface Model {
  readonly body: Buffer;
  readonly compressed: boolean;
  charge: number;
}

it("gives back what was put in, in order, like a list", () => {
  const random = new Random(7);
  const stored = new StoredMessages();
  let model: Model[] = [];
  let same = true;
  for (let i = 0; i < 50_000; i++) {
    const dice = random.below(1_000);
    if (dice < (i % 2_000 < 1_000 ? 700 : 300)) {
      const body = Buffer.alloc(random.of([0, 0, 1, 5, 30, 30, 300, 5_000]), i & 255);
      const one = { body, compressed: random.chance(0.5), charge: random.below(70_000) };
      const around = Buffer.concat([Buffer.of(1), body, Buffer.of(2)]);
      stored.push(around, 1, 1 + body.length, one.compressed, one.charge);
      model.push(one);
    } else if (dice < 990) {
      const wanted = model.shift();
      const body = stored.shift()?.subarray(stored.start, stored.end);
      same &&= body === wanted?.body || body?.equals(wanted?.body as Buffer) === true;
      same &&= wanted === undefined || (stored.compressed === wanted.compressed && stored.charge === wanted.charge);
    } else if (dice < 999) {
      expect(stored.release()).toBe(model.reduce((sum, { charge }) => sum + charge, 0));
      for (const one of model) one.charge = 0;
    } else {
      stored.clear();
      model = [];
    }
    same &&= stored.size === model.length;
    if (i % 100 === 0) expect(stored.charges).toBe(model.reduce((sum, { charge }) => sum + charge, 0));
    if (!same) break;
  }
  expect(same).toBe(true);
});
