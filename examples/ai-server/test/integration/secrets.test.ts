import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startServer } from "@servertech/services";
import { expect, it } from "vitest";
import { scriptedProvider, status } from "../scripted-provider.ts";
import { chatRequest, clientOf, hear, providerEnv, startAiServer, tokenFor } from "./harness.ts";

/** Every file below a folder, as one text. */
async function contentOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
  return (await Promise.all(files.map((file) => readFile(file, "latin1")))).join("\n");
}

it("keys and tokens are in no log, no Redis and no MySQL in clear", async () => {
  const [ofToken, saved, operator] = ["sk-token-aaaaaaaa1111", "sk-saved-bbbbbbbb2222", "sk-operator-0001"];
  const logs = await mkdtemp(path.join(tmpdir(), "ai-server-logs-"));
  await using provider = await scriptedProvider();
  await using mysql = await startServer("mysql");
  await using redis = await startServer("redis", { args: ["--appendonly", "yes", "--appendfsync", "always"] });
  await using server = await startAiServer({
    ...providerEnv(provider, mysql.url, redis.url),
    LOG_DIR: logs,
    LOG_LEVEL: "trace",
  });
  await using client = clientOf(server.address);
  // A provider that repeats the key it refuses: its words go to the log.
  provider.play((response, { headers }) =>
    status(401, { error: { message: `${headers.authorization} is wrong` } })(response, { headers } as never),
  );
  const tokens = [await tokenFor(client, 1, ofToken), await tokenFor(client, 2)];
  await client.setApiKey({ token: tokens[1]!, apiKey: saved });
  for (const token of tokens) {
    await hear(client.chat(chatRequest({ token, content: "my words" })));
    await client.query({ token, queryMessage: "hi" }).catch(() => {});
    await client.testApiKey({ token });
  }
  await hear(client.chat(chatRequest({ token: await tokenFor(client, 3), content: "x" })));
  expect(provider.requests.map(({ headers }) => headers.authorization)).toEqual(
    expect.arrayContaining([`Bearer ${ofToken}`, `Bearer ${saved}`, `Bearer ${operator}`]),
  );
  server.process.kill("SIGTERM");
  await expect(server.exited).resolves.toBe(0);
  const places = {
    logs: await contentOf(logs),
    output: server.output(),
    redis: await contentOf(redis.dataDir),
    mysql: await contentOf(mysql.dataDir),
  };
  // The search finds what is there.
  expect(places.redis).toContain("user_id");
  expect(places.mysql).toContain("my words");
  expect(places.logs).toContain("AI_KEY_REFUSED");
  for (const secret of [ofToken, saved, operator, ...tokens])
    for (const [place, content] of Object.entries(places))
      expect({ place, found: content.includes(secret) }).toEqual({ place, found: false });
  await rm(logs, { recursive: true });
}, 60_000);
