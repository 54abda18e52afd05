import { type DbPool, createDbPool } from "@servertech/db-pool";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { applySchema } from "../../../src/database.ts";
import { KeyCipher, randomCipherKey } from "../../../src/rpc/key-cipher.ts";
import { Conversations, titleOf } from "../../../src/store/conversations.ts";
import { Keys } from "../../../src/store/keys.ts";
import { type Ending, Messages } from "../../../src/store/messages.ts";
import { freshDatabase } from "../fresh-database.ts";

const SCHEMA = new URL("../../../sql/schema.sql", import.meta.url);
const COMPLETE: Ending = { status: "complete", text: "answer", reasoning: "", error: undefined, usage: undefined };

let db: DbPool;
let conversations: Conversations;
let messages: Messages;
let lastUser = 0;
/** Each test has a user of its own. */
const newUser = (): number => (lastUser += 1);

beforeAll(async () => {
  db = createDbPool({ url: await freshDatabase(inject("urls").mysql, "ai_store_test", { tables: true }) });
  conversations = new Conversations(db);
  messages = new Messages(db);
});

afterAll(async () => {
  await db.close();
});

describe("applySchema", () => {
  it("changes nothing the second time", async () => {
    const url = await freshDatabase(inject("urls").mysql, "ai_schema_test", { tables: true });
    await expect(applySchema(url, SCHEMA)).resolves.toBeUndefined();
  });

  it("needs no right to create what is there", async () => {
    const { mysql } = inject("urls");
    const url = await freshDatabase(mysql, "ai_rights_test", { tables: true });
    const port = new URL(mysql).port;
    await db.query("DROP USER IF EXISTS ai_plain@'127.0.0.1'");
    await db.query("CREATE USER ai_plain@'127.0.0.1' IDENTIFIED BY 'pw'");
    await db.query("GRANT SELECT, INSERT, UPDATE, DELETE ON ai_rights_test.* TO ai_plain@'127.0.0.1'");
    const plain = `mysql://ai_plain:pw@127.0.0.1:${port}/ai_rights_test`;
    await applySchema(plain, SCHEMA);
    await db.query("DROP TABLE ai_rights_test.ai_keys");
    await expect(applySchema(plain, SCHEMA)).rejects.toThrow(
      /^the table ai_keys is missing and the user of MYSQL_URL may not create it/,
    );
    await freshDatabase(url, "ai_rights_test");
    await expect(applySchema(plain, SCHEMA)).rejects.toThrow(/^the database ai_rights_test is missing/);
    await db.query("DROP USER ai_plain@'127.0.0.1'");
  });
});

describe("conversations", () => {
  it("belong to one user", async () => {
    const [ann, bob] = [newUser(), newUser()];
    const { id } = await conversations.create(ann, "t", "m");
    await expect(conversations.get(ann, id)).resolves.toMatchObject({ id, title: "t", model: "m" });
    const notFound = { code: "AI_NOT_FOUND" };
    await expect(conversations.get(bob, id)).rejects.toMatchObject(notFound);
    await expect(conversations.rename(bob, id, "x")).rejects.toMatchObject(notFound);
    await expect(conversations.remove(bob, id)).rejects.toMatchObject(notFound);
    await expect(conversations.rename(ann, id, "x")).resolves.toMatchObject({ title: "x" });
  });

  it("come in pages, the last changed first, none twice and none left out", async () => {
    const user = newUser();
    const ids: number[] = [];
    for (let i = 0; i < 5; i += 1) ids.push((await conversations.create(user, `c${i}`, "m")).id);
    const seen: number[] = [];
    let cursor = "";
    do {
      const page = await conversations.list(user, { query: "", cursor, limit: 2 });
      seen.push(...page.rows.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== "");
    expect(seen).toEqual(ids.toReversed());
    await expect(conversations.list(user, { query: "", cursor: "x", limit: 2 })).rejects.toMatchObject({
      code: "AI_BAD_REQUEST",
    });
  });

  it("are found by title and text, with wildcards taken as they stand", async () => {
    const user = newUser();
    const one = await conversations.create(user, "100% sure", "m");
    const two = await conversations.create(user, "plain", "m");
    await messages.ask(two.id, { kind: "new", content: "a snake_case 你好 \\ text" }, "m", "");
    const find = async (query: string) =>
      (await conversations.list(user, { query, cursor: "", limit: 20 })).rows.map(({ id }) => id);
    await expect(find("0% s")).resolves.toEqual([one.id]);
    await expect(find("e_c")).resolves.toEqual([two.id]);
    await expect(find("eXc")).resolves.toEqual([]);
    await expect(find("好")).resolves.toEqual([two.id]);
    await expect(find("\\ t")).resolves.toEqual([two.id]);
    await expect(find("%")).resolves.toEqual([one.id]);
    await expect(find("' OR 1=1 -- ")).resolves.toEqual([]);
  });

  it("are removed with their messages", async () => {
    const user = newUser();
    const { conversationId, messageId } = await messages.ask(
      { userId: user, title: "t", model: "m" },
      { kind: "new", content: "q" },
      "m",
      "",
    );
    await conversations.remove(user, conversationId);
    await expect(messages.find(messageId)).resolves.toBeUndefined();
    await expect(messages.list(conversationId, 0n, 50)).resolves.toEqual({ rows: [], hasMore: false });
  });

  it.each([
    ["what is 6*7?", "what is 6*7?"],
    ["  a\n\tb  ", "a b"],
    ["🚀".repeat(50), "🚀".repeat(40)],
    [" \n ", "…"],
  ])("called %j at first have the title %j", (prompt, title) => {
    expect(titleOf(prompt)).toBe(title);
  });
});

describe("messages", () => {
  const ask = (user: number, content = "q", nonce = "") =>
    messages.ask({ userId: user, title: "t", model: "m" }, { kind: "new", content }, "m", nonce);
  const contents = async (id: number) =>
    (await messages.list(id, 0n, 50)).rows.map(({ role, content, status }) => [role, content, status]);

  it("keep any text, and JSON usage", async () => {
    const content = '" \\ \u2028 \0 🚀 <b>';
    const { conversationId, messageId } = await ask(newUser(), content);
    const usage = { promptTokens: 1, completionTokens: 2, reasoningTokens: 3 };
    await expect(
      messages.finish(messageId, { ...COMPLETE, text: content, reasoning: "hm", usage }, undefined),
    ).resolves.toBe(true);
    const { rows } = await messages.list(conversationId, 0n, 50);
    expect(rows).toMatchObject([
      { role: "assistant", content, reasoning: "hm", usage_json: usage, status: "complete" },
      { role: "user", content },
    ]);
  });

  it("are ended once", async () => {
    const { conversationId, messageId } = await ask(newUser());
    await expect(
      messages.finish(messageId, { ...COMPLETE, status: "error", error: "AI_INTERRUPTED" }, undefined),
    ).resolves.toBe(true);
    await expect(messages.finish(messageId, COMPLETE, undefined)).resolves.toBe(false);
    expect((await contents(conversationId))[0]).toEqual(["assistant", "answer", "error"]);
  });

  it("come in pages, the newest first", async () => {
    const { conversationId } = await ask(newUser(), "q1");
    await messages.ask(conversationId, { kind: "new", content: "q2" }, "m", "");
    const first = await messages.list(conversationId, 0n, 3);
    expect(first).toMatchObject({ rows: [{ content: "" }, { content: "q2" }, { content: "" }], hasMore: true });
    await expect(messages.list(conversationId, BigInt(first.rows[2]!.id), 3)).resolves.toMatchObject({
      rows: [{ content: "q1" }],
      hasMore: false,
    });
  });

  it("are found by their nonce, which is taken once in a conversation", async () => {
    const first = await ask(newUser(), "q", "n1");
    await expect(messages.byNonce(first.conversationId, "n1")).resolves.toEqual(first);
    await expect(messages.byNonce(first.conversationId, "n2")).resolves.toBeUndefined();
    await expect(messages.ask(first.conversationId, { kind: "new", content: "q" }, "m", "n1")).rejects.toMatchObject({
      code: "DUPLICATE_KEY",
    });
    await expect(contents(first.conversationId)).resolves.toHaveLength(2);
    await expect(ask(newUser(), "q", "n1")).resolves.toBeDefined();
  });

  it("of a regenerate take the place of the answer at the end", async () => {
    const { conversationId, messageId, userMessageId } = await ask(newUser());
    await messages.finish(messageId, COMPLETE, undefined);
    const again = await messages.ask(conversationId, { kind: "regenerate", messageId }, "m", "n");
    expect(again).toMatchObject({ conversationId, userMessageId });
    await expect(messages.byNonce(conversationId, "n")).resolves.toEqual(again);
    await expect(messages.replacedBy(conversationId, again.messageId)).resolves.toBe(messageId);
    await messages.finish(again.messageId, { ...COMPLETE, text: "better" }, messageId);
    await expect(contents(conversationId)).resolves.toEqual([
      ["assistant", "better", "complete"],
      ["user", "q", "complete"],
    ]);
    await expect(messages.ask(conversationId, { kind: "regenerate", messageId }, "m", "")).rejects.toMatchObject({
      code: "AI_NOT_FOUND",
    });
  });

  it("of a regenerate that fails without a word leave the answer alone", async () => {
    const { conversationId, messageId } = await ask(newUser());
    await messages.finish(messageId, COMPLETE, undefined);
    const again = await messages.ask(conversationId, { kind: "regenerate", messageId }, "m", "");
    await messages.finish(again.messageId, { ...COMPLETE, status: "error", text: "", error: "AI_TLS" }, messageId);
    await expect(contents(conversationId)).resolves.toEqual([
      ["assistant", "answer", "complete"],
      ["user", "q", "complete"],
    ]);
  });

  it("after an edited prompt are gone", async () => {
    const { conversationId, messageId, userMessageId } = await ask(newUser());
    await messages.finish(messageId, COMPLETE, undefined);
    await messages.ask(conversationId, { kind: "new", content: "q2" }, "m", "");
    await messages.ask(conversationId, { kind: "edit", content: "q1", messageId: userMessageId }, "m", "");
    await expect(contents(conversationId)).resolves.toEqual([
      ["assistant", "", "running"],
      ["user", "q1", "complete"],
    ]);
    for (const wrong of [messageId, 1e12])
      await expect(
        messages.ask(conversationId, { kind: "edit", content: "x", messageId: wrong }, "m", ""),
      ).rejects.toMatchObject({ code: "AI_NOT_FOUND" });
  });

  it("that failed are not told to the model, those that were stopped are", async () => {
    const { conversationId, messageId } = await ask(newUser(), "q1");
    await messages.finish(messageId, { ...COMPLETE, status: "error", error: "AI_TLS" }, undefined);
    const second = await messages.ask(conversationId, { kind: "new", content: "q2" }, "m", "");
    await messages.finish(second.messageId, { ...COMPLETE, status: "stopped" }, undefined);
    const third = await messages.ask(conversationId, { kind: "new", content: "q3" }, "m", "");
    await expect(messages.context(conversationId, third.userMessageId, 1_000)).resolves.toEqual([
      { role: "user", content: "q1" },
      { role: "user", content: "q2" },
      { role: "assistant", content: "answer" },
    ]);
  });
});

describe("keys", () => {
  it("rest encrypted, for one user", async () => {
    const [ann, bob] = [newUser(), newUser()];
    const keys = new Keys(db, new KeyCipher([randomCipherKey()]));
    await expect(keys.get(ann)).resolves.toBeUndefined();
    await keys.save(ann, "sk-first-1111");
    await keys.save(ann, "sk-second-2222");
    await expect(keys.get(ann)).resolves.toEqual({ apiKey: "sk-second-2222", last4: "2222" });
    await expect(keys.last4(ann)).resolves.toBe("2222");
    const [row] = await db.query<{ ciphertext: Buffer }>("SELECT ciphertext FROM ai_keys WHERE user_id = ?", [ann]);
    expect(row!.ciphertext.includes("second")).toBe(false);
    await db.run(
      "INSERT INTO ai_keys SELECT ?, key_id, iv, ciphertext, last4, updated_at FROM ai_keys WHERE user_id = ?",
      [bob, ann],
    );
    await expect(keys.get(bob)).rejects.toMatchObject({ code: "KEY_UNREADABLE" });
    await keys.remove(ann);
    await expect(keys.last4(ann)).resolves.toBeUndefined();
  });
});
