import { describe, expect, it } from "vitest";
import { type Server, createClient, createLocalPair, createServer, health } from "../../src/index.ts";
import { Health, HealthCheckResponse_ServingStatus as S } from "../../src/gen/health.ts";
import { Echo, echoHandlers } from "../echo-service.ts";

function start() {
  const module = health();
  const server: Server = createServer().add(Echo, echoHandlers).add(module);
  const channel = createLocalPair(server);
  return { module, server, channel, client: createClient(Health, channel) };
}

describe("check", () => {
  it("says SERVING for the server and its services, NOT_FOUND for others", async () => {
    const { client, server, channel } = start();
    expect(await client.check({})).toEqual({ status: S.SERVING });
    expect(await client.check({ service: Echo.name })).toEqual({ status: S.SERVING });
    expect(await client.check({ service: "grpc.health.v1.Health" })).toEqual({ status: S.SERVING });
    await expect(client.check({ service: "no.Such" })).rejects.toMatchObject({ status: 5 });
    await channel.close();
    await server.close();
  });

  it("says what was set", async () => {
    const { module, client, server, channel } = start();
    module.set("", "NOT_SERVING");
    module.set("else.Where", "UNKNOWN");
    expect(await client.check({})).toEqual({ status: S.NOT_SERVING });
    expect(await client.check({ service: Echo.name })).toEqual({ status: S.SERVING });
    expect(await client.check({ service: "else.Where" })).toEqual({ status: S.UNKNOWN });
    expect(() => module.set("", "FINE" as never)).toThrow(/status/);
    expect(() => module.set(5 as never, "SERVING")).toThrow(/service/);
    await channel.close();
    await server.close();
  });
});

describe("watch", () => {
  it("tells changes only, of services that are not there yet, too", async () => {
    const { module, client, server, channel } = start();
    const watch = client.watch({ service: "late.Comer" });
    expect(await watch.next()).toEqual({ done: false, value: { status: S.SERVICE_UNKNOWN } });
    const next = watch.next();
    module.set("other", "SERVING");
    module.set("late.Comer", "SERVING");
    expect(await next).toEqual({ done: false, value: { status: S.SERVING } });
    module.set("late.Comer", "SERVING");
    module.set("late.Comer", "NOT_SERVING");
    expect(await watch.next()).toEqual({ done: false, value: { status: S.NOT_SERVING } });
    await watch.return();
    await expect.poll(() => server.stats().inFlight).toBe(0);
    await channel.close();
    await server.close();
  });

  it("ends with NOT_SERVING when the server closes, which it does not hold up", async () => {
    const { client, server } = start();
    const watch = client.watch({});
    expect(await watch.next()).toEqual({ done: false, value: { status: S.SERVING } });
    const closing = server.close({ timeoutMs: 60_000 });
    expect(await watch.next()).toEqual({ done: false, value: { status: S.NOT_SERVING } });
    expect(await watch.next()).toEqual({ done: true, value: undefined });
    await closing;
  });
});
