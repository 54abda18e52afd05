import { afterAll, beforeAll, inject } from "vitest";
import { type FrontResources, frontSuite } from "../../../resource-pool/test/front-suite.ts";
import { openWire } from "../../src/connection-factory.ts";
import { type DbPool, createDbPool } from "../../src/index.ts";
import { resolveOptions } from "../../src/options.ts";
import { control } from "../../src/parameters.ts";
import { Session } from "../../src/session.ts";
import { StatementKiller } from "../../src/statement-killer.ts";

const options = resolveOptions({ url: inject("urls").mysql });
const killer = new StatementKiller(options);
const setup = { database: undefined, timeZone: undefined, isolation: undefined };
const limits = { timeoutMs: 10_000, signal: undefined };

let admin: DbPool;

beforeAll(() => {
  admin = createDbPool({ url: inject("urls").mysql, max: 1 });
});

afterAll(async () => {
  await admin.close();
});

const sessions: FrontResources<Session> = {
  create: async ({ signal, lost }) => new Session(await openWire(options, signal, lost), killer, setup, () => {}),
  destroy: (session) => session.destroy(),
  validate: (session) => session.ping(),
  use: (session) => session.run(control("SELECT 1"), limits, ({ rows }) => rows),
  kill: (session) => admin.run(`KILL ${session.threadId}`),
};

frontSuite("MySQL sessions", () => sessions);
