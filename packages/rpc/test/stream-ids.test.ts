/** What happens at the last stream id of a connection; the tests have fewer of them than 2^30. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Client, type Server, createClient, createServer } from "../src/index.ts";
import { Echo, echoHandlers } from "./echo-service.ts";

vi.mock("../src/wire/frame.ts", async (original) => ({ ...(await original<object>()), MAX_STREAM_ID: 9 }));

let server: Server;
let client: Client<typeof Echo.methods>;

beforeEach(async () => {
  server = createServer().add(Echo, echoHandlers);
  const { port } = await server.listen();
  client = createClient(Echo, { target: `tcp://127.0.0.1:${port}` });
  await client.ready();
});

afterEach(async () => {
  await client.close();
  await server.close();
});

it("calls go on over a new connection, one after the other", async () => {
  for (let i = 0; i < 23; i += 1) expect(await client.unary({ id: `${i}` })).toMatchObject({ id: `${i}` });
  expect(client.stats()).toMatchObject({ calls: 23, errors: 0, retries: 0 });
});

it("calls go on over new connections, all at once", async () => {
  const ids = Array.from({ length: 100 }, (_, i) => `${i}`);
  const replies = await Promise.all(ids.map((id) => client.unary({ id })));
  expect(replies.map(({ id }) => id)).toEqual(ids);
  expect(server.stats().calls).toBe(100);
  await expect.poll(() => server.stats().connections).toBeLessThanOrEqual(1);
});

it("a stream keeps its connection until it ends", async () => {
  const talk = client.bidi();
  await talk.send({ id: "first" });
  expect(await talk.next()).toMatchObject({ value: { id: "first" } });
  for (let i = 0; i < 8; i += 1) await client.unary({});
  expect(server.stats().connections).toBe(2);
  await talk.send({ id: "last" });
  expect(await talk.next()).toMatchObject({ value: { id: "last" } });
  talk.end();
  expect(await talk.next()).toMatchObject({ done: true });
  await expect.poll(() => server.stats().connections).toBe(1);
});
