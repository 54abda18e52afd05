import { AiServer } from "@servertech/ai-server/contract";
import { silentLogger } from "@servertech/core";
import { type Handlers, RpcError, Status, createChannel, createServer } from "@servertech/rpc";
import { describe, expect, it } from "vitest";
import { AiClient } from "../../src/ai/ai-client.ts";

/** An ai-server that knows tokens only, and a client of it. */
async function setUp() {
  const valid = new Set<string>();
  const seen: string[] = [];
  const known = (token: string) => {
    if (!valid.has(token)) throw new RpcError(Status.Unauthenticated, "unknown token");
  };
  const handlers: Partial<Handlers<(typeof AiServer)["methods"]>> = {
    setInitInfo({ userId }) {
      const token = `t${userId}-${seen.length}`;
      valid.add(token);
      seen.push(`made ${token}`);
      return { responMessage: token };
    },
    revokeToken({ token }) {
      valid.delete(token);
      seen.push(`revoked ${token}`);
      return {};
    },
    query({ token, queryMessage }) {
      known(token);
      return { responMessage: `${queryMessage}!` };
    },
  };
  const server = createServer().add(AiServer, handlers as Handlers<(typeof AiServer)["methods"]>);
  const { port } = await server.listen();
  const channel = createChannel({ target: `tcp://127.0.0.1:${port}` });
  const ai = new AiClient(channel, undefined, silentLogger);
  return {
    ai,
    seen,
    forgetAll: () => valid.clear(),
    async [Symbol.asyncDispose]() {
      ai.close();
      await channel.close();
      await server.close();
    },
  };
}

describe("AiClient", () => {
  it("takes one token for many calls of a user at once, and a new one when it has expired", async () => {
    await using system = await setUp();
    const { ai, seen } = system;
    expect(await Promise.all([ai.query(1, "a"), ai.query(1, "b"), ai.query(2, "c")])).toEqual(["a!", "b!", "c!"]);
    expect(seen).toHaveLength(2);
    system.forgetAll();
    expect(await ai.query(1, "d")).toBe("d!");
    expect(seen).toHaveLength(3);
  });

  it("gives back the token of a user that has been away for ten minutes, not before", async () => {
    await using system = await setUp();
    const { ai, seen } = system;
    await Promise.all([ai.query(1, "a"), ai.query(2, "b")]);
    const isPresent = (userId: number) => userId === 2;
    for (const minute of [0, 5, 9]) await ai.revokeIdle(isPresent, minute * 60_000);
    expect(seen.filter((text) => text.startsWith("revoked"))).toEqual([]);
    await ai.revokeIdle(isPresent, 10 * 60_000);
    expect(seen.filter((text) => text.startsWith("revoked"))).toEqual([expect.stringContaining("t1-")]);
    await ai.revokeIdle(() => false, 11 * 60_000);
    expect(await ai.query(1, "again")).toBe("again!");
  });

  it("says in a sentence that there is no AI", async () => {
    const channel = createChannel({ target: "tcp://127.0.0.1:1", connectTimeoutMs: 50 });
    const ai = new AiClient(channel, undefined, silentLogger);
    expect(await ai.query(1, "a")).toBe("[The AI cannot answer: AI_UNAVAILABLE]");
    ai.close();
    await channel.close();
  });
});
