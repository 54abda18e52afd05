import { type Codec, Status, createClient, createServer, health, service } from "@servertech/rpc";
import { afterAll, beforeAll, expect, it } from "vitest";
import { requireSecret } from "../../src/rpc/handlers.ts";

const bytes: Codec<Uint8Array> = { encode: (message) => message, decode: (given) => Uint8Array.from(given) };
const ofBytes = { kind: "unary", request: bytes, response: bytes } as const;
const Secrets = service("test.Secrets", { tell: { name: "Tell", ...ofBytes } } as const);
const Health = service("grpc.health.v1.Health", { check: { name: "Check", ...ofBytes } } as const);
const NOTHING = new Uint8Array(0);
const SERVING = Uint8Array.of(8, 1);

const server = createServer()
  .use(requireSecret("right"))
  .add(Secrets, { tell: () => Uint8Array.of(42) })
  .add(health());
let target = "";

beforeAll(async () => {
  const { port } = await server.listen();
  target = `tcp://127.0.0.1:${port}`;
});
afterAll(() => server.close({ timeoutMs: 0 }));

it.each<[string, Record<string, string>]>([
  ["no secret", {}],
  ["a wrong one", { "x-servertech-secret": "wrong" }],
  ["an empty one", { "x-servertech-secret": "" }],
])("lets nobody through with %s", async (_, metadata) => {
  await using client = createClient(Secrets, { target });
  await expect(client.tell(NOTHING, { metadata })).rejects.toMatchObject({ status: Status.PermissionDenied });
});

it("lets those through who know it", async () => {
  await using client = createClient(Secrets, { target });
  const metadata = { "x-servertech-secret": "right" };
  await expect(client.tell(NOTHING, { metadata })).resolves.toEqual(Uint8Array.of(42));
});

it("asks no probe for it", async () => {
  await using client = createClient(Health, { target });
  await expect(client.check(NOTHING)).resolves.toEqual(SERVING);
});
