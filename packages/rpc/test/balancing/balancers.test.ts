import { describe, expect, it } from "vitest";
import { type Candidate, createBalancer } from "../../src/client/balancing/balancer.ts";
import { PeakEwma } from "../../src/client/balancing/peak-ewma.ts";

interface Server extends Candidate {
  inFlight: number;
}

function server(id: string, { inFlight = 0, weight = 1, latencyMs = 0 } = {}): Server {
  const latency = new PeakEwma();
  if (latencyMs > 0) latency.record(latencyMs, 1);
  return { endpoint: { id }, weight, inFlight, latency };
}

function counts(balancer: { pick(avoid: undefined, key?: string): Server | undefined }, picks: number) {
  const seen: Record<string, number> = {};
  for (let i = 0; i < picks; i++) {
    const id = balancer.pick(undefined, undefined)?.endpoint.id ?? "none";
    seen[id] = (seen[id] ?? 0) + 1;
  }
  return seen;
}

describe.each(["p2c-ewma", "round-robin", { hash: () => "" }] as const)("%o", (option) => {
  it("gives nothing without servers, and the only one whatever is to be avoided", () => {
    const balancer = createBalancer<Server>(option);
    expect(balancer.pick(undefined, undefined)).toBeUndefined();
    balancer.update([server("a")]);
    expect(balancer.pick("a", "key")?.endpoint.id).toBe("a");
  });

  it("avoids an endpoint while there is another", () => {
    const balancer = createBalancer<Server>(option);
    balancer.update([server("a", { inFlight: 5 }), server("b"), server("b")]);
    for (let i = 0; i < 100; i++) expect(balancer.pick("b", `${i}`)?.endpoint.id).toBe("a");
  });

  it("spreads calls over equals", () => {
    const balancer = createBalancer<Server>(option);
    balancer.update(["a", "b", "c"].map((id) => server(id)));
    for (const count of Object.values(counts(balancer, 3_000))) expect(count).toBeGreaterThan(700);
  });
});

describe("p2c-ewma", () => {
  it("takes the one with fewer calls, less latency and more weight of two", () => {
    const balancer = createBalancer<Server>("p2c-ewma");
    const always = (a: Server, b: Server) => {
      balancer.update([a, b]);
      expect(counts(balancer, 100)).toEqual({ [b.endpoint.id]: 100 });
    };
    always(server("a", { inFlight: 5 }), server("b"));
    always(server("a", { latencyMs: 50 }), server("b", { latencyMs: 20, inFlight: 1 }));
    always(server("a"), server("b", { inFlight: 5, weight: 10 }));
    // Of one nothing is known: it is taken to be as quick.
    always(server("a", { latencyMs: 50, inFlight: 1 }), server("b"));
  });

  it("takes one of which nothing is known to be as quick as the mean of the others", () => {
    // Of any two: b is slower than the mean (20 ms), a and c are quicker.
    const servers = [
      server("a", { latencyMs: 5 }),
      server("b", { latencyMs: 50 }),
      server("c", { latencyMs: 5 }),
      server("d"),
    ];
    const balancer = createBalancer<Server>("p2c-ewma");
    balancer.update(servers);
    const taken = counts(balancer, 3_000);
    expect(taken["b"]).toBeUndefined();
    expect(taken["d"]).toBeGreaterThan(400);
    expect(taken["d"]).toBeLessThan(600);
  });
});

describe("round-robin", () => {
  it("is even by weight within every round", () => {
    const balancer = createBalancer<Server>("round-robin");
    balancer.update([server("a", { weight: 5 }), server("b", { weight: 1 }), server("c", { weight: 1 })]);
    const order = Array.from({ length: 7 }, () => balancer.pick(undefined, undefined)?.endpoint.id).join("");
    expect(order).toBe("aabacaa");
    expect(counts(balancer, 700)).toEqual({ a: 500, b: 100, c: 100 });
  });
});

describe("hash", () => {
  const ids = Array.from({ length: 10 }, (_, i) => `server-${i}`);
  const keys = Array.from({ length: 2_000 }, (_, i) => `key-${i}`);
  const placed = (servers: readonly Server[]) => {
    const balancer = createBalancer<Server>({ hash: () => "" });
    balancer.update(servers);
    return keys.map((key) => balancer.pick(undefined, key)?.endpoint.id);
  };

  it("keeps keys where they are when servers come and go", () => {
    const before = placed(ids.map((id) => server(id)));
    expect(placed(ids.toReversed().map((id) => server(id)))).toEqual(before);
    const fewer = placed(ids.slice(1).map((id) => server(id)));
    const moved = keys.filter((_, i) => before[i] !== fewer[i]);
    // Only those of the server that left.
    expect(moved).toHaveLength(before.filter((id) => id === ids[0]).length);
    const more = placed([...ids, "new"].map((id) => server(id)));
    expect(keys.filter((_, i) => before[i] !== more[i]).length).toBeLessThan((keys.length / 11) * 1.6);
  });

  it("gives no server more than 1.25 times its share", () => {
    const balancer = createBalancer<Server>({ hash: () => "" });
    const servers = ids.map((id) => server(id));
    balancer.update(servers);
    // All the same key: it overflows to the next servers of the ring.
    for (let i = 0; i < 1_000; i++) {
      const picked = balancer.pick(undefined, "hot");
      if (picked !== undefined) picked.inFlight += 1;
    }
    for (const { inFlight } of servers) expect(inFlight).toBeLessThanOrEqual(Math.ceil(1.25 * 100) + 1);
  });
});

describe("latency", () => {
  it("rises at once, and forgets over ten seconds", () => {
    const latency = new PeakEwma();
    expect(latency.value).toBe(0);
    latency.record(10, 1_000);
    latency.record(100, 1_001);
    expect(latency.value).toBe(100);
    latency.record(10, 11_001);
    expect(latency.value).toBeCloseTo(10 + 90 / Math.E, 3);
    latency.fade(21_001);
    expect(latency.value).toBeCloseTo((10 + 90 / Math.E) / Math.E, 3);
  });
});
