import { expect, it } from "vitest";
import { createClient, createServer } from "../src/index.ts";
import { Echo } from "./echo-service.ts";

it("calls and streams", async () => {
  await using server = createServer().add(Echo, {
    unary: (r) => ({ id: r.id, seq: r.seq }),
    async *serverStream(r) {
      for (let i = 0; i < r.count; i++) yield { seq: BigInt(i) };
    },
  });
  const { port } = await server.listen();
  await using client = createClient(Echo, { target: `tcp://127.0.0.1:${port}` });
  expect(await client.unary({ id: "a" })).toMatchObject({ id: "a" });
  const got: bigint[] = [];
  for await (const m of client.serverStream({ count: 5 })) got.push(m.seq);
  expect(got).toEqual([0n, 1n, 2n, 3n, 4n]);
  expect(client.stats()).toMatchObject({ connections: 1, calls: 2, inFlight: 0, errors: 0 });
});
