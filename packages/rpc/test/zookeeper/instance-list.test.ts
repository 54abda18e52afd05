import { describe, expect, it } from "vitest";
import { InstanceList } from "../../src/zookeeper/instance-list.ts";
import type { ServiceInstance } from "../../src/zookeeper/registry-types.ts";

const instance = (id: string, weight = 1): ServiceInstance => ({
  name: "ai",
  id,
  address: "h",
  port: 1,
  sslPort: null,
  meta: { weight },
  payload: null,
  uriSpec: null,
  registeredAtMs: 0,
});

/** A list that holds these, as told. */
function listOf(...ids: string[]): InstanceList {
  const list = new InstanceList();
  const token = list.list();
  for (const id of list.listDone(token, ids, Infinity, 0)) list.readDone(list.read(id), instance(id));
  list.take();
  return list;
}
const ids = (list: InstanceList) => {
  list.take();
  return list.instances.map(({ id }) => id);
};

describe("the order of events and replies", () => {
  it("drops a reply that was overtaken by the node's deletion", () => {
    const list = listOf();
    const read = list.read("x");
    list.deleted("x");
    list.readDone(read, instance("x"));
    expect(ids(list)).toEqual([]);
  });

  it("drops the older of two replies", () => {
    const list = listOf();
    const older = list.read("x");
    const newer = list.read("x");
    list.readDone(newer, instance("x", 2));
    list.readDone(older, instance("x", 1));
    list.take();
    expect(list.instances.map(({ meta }) => meta.weight)).toEqual([2]);
  });

  it("does not let a listing judge ids that had an event since it began", () => {
    const list = listOf("old", "gone");
    const listing = list.list();
    list.deleted("gone");
    list.touch("new");
    const read = list.read("new");
    expect(list.listDone(listing, ["old", "gone"], Infinity, 0)).toEqual(["old"]);
    list.readDone(read, instance("new"));
    expect(ids(list)).toEqual(["old", "new"]);
  });

  it("drops a listing that another took the place of, and replies of a connection that is gone", () => {
    const list = listOf("x");
    const first = list.list();
    const second = list.list();
    expect(list.listDone(first, [], Infinity, 0)).toEqual([]);
    expect(ids(list)).toEqual(["x"]);
    const read = list.read("y");
    list.forgetReads();
    list.readDone(read, instance("y"));
    expect(list.listDone(second, [], Infinity, 0)).toEqual([]);
    expect(ids(list)).toEqual(["x"]);
  });
});

describe("take", () => {
  it("gives the difference, and the same array until there is one", () => {
    const list = listOf("a", "b", "c");
    const before = list.instances;
    list.readDone(list.read("a"), instance("a"));
    expect(list.take()).toBeUndefined();
    expect(list.instances).toBe(before);
    list.readDone(list.read("a"), instance("a", 5));
    list.deleted("b");
    list.readDone(list.read("c"), undefined);
    list.readDone(list.read("d"), instance("d"));
    const change = list.take();
    expect(change?.added.map(({ id }) => id)).toEqual(["d"]);
    expect(change?.removed.map(({ id }) => id)).toEqual(["b", "c"]);
    expect(change?.updated).toEqual([instance("a", 5)]);
    expect(Object.isFrozen(list.instances)).toBe(true);
  });

  it("says nothing of what came and went in between", () => {
    const list = listOf("a");
    list.readDone(list.read("b"), instance("b"));
    list.deleted("b");
    expect(list.take()).toBeUndefined();
  });
});

describe("the panic guard", () => {
  const relist = (list: InstanceList, present: string[], ratio = 0.5, untilMs = 15_000) =>
    list.listDone(list.list(), present, ratio, untilMs);

  it("holds what a listing drops beyond its ratio", () => {
    const list = listOf("a", "b", "c", "d");
    relist(list, ["a"]);
    expect([list.held, ids(list)]).toEqual([3, ["a", "b", "c", "d"]]);
    relist(list, ["a", "b"]);
    expect(list.held).toBe(2);
    list.dropHeld(14_999);
    expect([list.held, list.heldUntilMs]).toEqual([2, 15_000]);
    list.dropHeld(15_000);
    expect([list.held, list.heldUntilMs, ids(list)]).toEqual([0, undefined, ["a", "b"]]);
  });

  it("gives each listing's instances their own time", () => {
    const list = listOf("a", "b", "c", "d");
    relist(list, ["a"], 0.5, 15_000);
    relist(list, ["a", "b", "c"]);
    relist(list, [], 0.5, 20_000);
    list.dropHeld(15_000);
    expect([list.held, ids(list)]).toEqual([3, ["a", "b", "c"]]);
    list.dropHeld(20_000);
    expect([list.held, ids(list)]).toEqual([0, []]);
  });

  it("believes a listing that drops no more than its ratio", () => {
    const list = listOf("a", "b", "c", "d");
    relist(list, ["a", "b"]);
    expect([list.held, ids(list)]).toEqual([0, ["a", "b"]]);
  });

  it("lets go of what an event tells of", () => {
    const list = listOf("a", "b", "c");
    list.listDone(list.list(), [], 0.5, 15_000);
    list.touch("a");
    list.dropHeld(15_000);
    expect([list.held, ids(list)]).toEqual([0, ["a"]]);
  });

  it("takes the reply to a read that was under way when the hold ended", () => {
    const list = listOf("a", "b", "c");
    list.listDone(list.list(), [], 0.5, 15_000);
    const read = list.read("a");
    list.dropHeld(15_000);
    expect(ids(list)).toEqual([]);
    list.readDone(read, instance("a"));
    expect(ids(list)).toEqual(["a"]);
  });

  it("never holds what is deleted while connected, and lets go of what is read again", () => {
    const list = listOf("a", "b", "c");
    relist(list, []);
    list.deleted("a");
    list.readDone(list.read("b"), instance("b", 2));
    expect([list.held, ids(list)]).toEqual([1, ["c", "b"]]);
  });

  it("is off with an infinite ratio", () => {
    const list = listOf("a", "b", "c");
    relist(list, [], Infinity);
    expect(ids(list)).toEqual([]);
  });
});
