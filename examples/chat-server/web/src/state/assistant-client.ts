import { type Connection, RequestError } from "../socket/connection.ts";
import type { AiDelta, AiKey, AiStarted, ConversationInfo, ServerEvent } from "../socket/events.ts";
import type { Action } from "./actions.ts";
import { FrameBatch } from "./frame-batch.ts";
import type { Conversation, Prompt, State } from "./state.ts";
import type { Store } from "./store.ts";

/** Codes after which a prompt may have been taken up: only the same nonce asks again without a second answer. */
const UNKNOWN_OUTCOME = new Set(["TIMEOUT", "OFFLINE", "UNAVAILABLE", "AI_UNAVAILABLE"]);
const START_TIMEOUT_MS = 15_000;
const KEY_TEST_TIMEOUT_MS = 40_000;

export type KeyRequest =
  | { readonly type: "aiKeyGet" | "aiKeyTest" | "aiKeyDelete" }
  | { readonly type: "aiKeySet"; readonly apiKey: string };

/** What the user does in conversations with the AI. */
export class AssistantClient {
  readonly #store: Store<State, Action>;
  readonly #connection: Connection;
  readonly #deltas: FrameBatch<AiDelta>;
  #shown: string | undefined;

  constructor(store: Store<State, Action>, connection: Connection, nextFrame: (run: () => void) => void) {
    this.#store = store;
    this.#connection = connection;
    this.#deltas = new FrameBatch((deltas) => store.dispatch({ type: "ai/deltas", deltas }), nextFrame);
    store.subscribe(() => this.#readAgain());
  }

  /** Takes the pieces of answers, which are shown once a frame. True when that is all there is to do. */
  takes(event: ServerEvent): boolean {
    if (event.type === "aiDelta") this.#deltas.add(event.payload);
    else if (event.type === "hello") this.#deltas.clear();
    else if (event.type === "aiDone") this.#deltas.flush();
    return event.type === "aiDelta";
  }

  /** The connection is back: asks again what got no answer. */
  onLive(): void {
    const { ai } = this.#store.getState();
    const prompts = [
      [null, ai.firstPrompt],
      ...Object.values(ai.conversations).map(({ id, prompt }) => [id, prompt] as const),
    ] as const;
    for (const [id, prompt] of prompts)
      if (prompt !== undefined && prompt.state !== "failed") void this.#send(id, prompt);
    if (ai.list.status !== "idle") void this.search(ai.list.query);
    this.#readAgain();
  }

  /** The conversation on screen, which is kept up to date; undefined when there is none. */
  show(conversationId: string | undefined): void {
    this.#shown = conversationId;
    if (conversationId === undefined) return;
    const known = this.#store.getState().ai.conversations[conversationId];
    // One that was just begun here is up to date.
    if (known?.active === undefined || known.stale) void this.#open(conversationId);
  }

  async reload(conversationId: string): Promise<void> {
    await this.#open(conversationId);
  }

  /** Reads the newest conversations in which the words occur; all of them when there are none. */
  async search(query: string): Promise<void> {
    await this.#list(query, undefined);
  }

  /** The newest conversations in which the words occur, without a change of the list; none while they cannot be had. */
  async find(query: string): Promise<readonly ConversationInfo[]> {
    try {
      const { items } = await this.#connection.request("aiListConversations", query === "" ? {} : { query });
      return items;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return [];
    }
  }

  async loadMoreOfList(): Promise<void> {
    const { status, query, next } = this.#store.getState().ai.list;
    if (status !== "loading" && next !== undefined) await this.#list(query, next);
  }

  async loadOlder(conversationId: string): Promise<void> {
    const conversation = this.#store.getState().ai.conversations[conversationId];
    const oldest = conversation?.messages[0];
    const canLoad = conversation?.hasMore === true && conversation.older !== "loading";
    if (!canLoad || oldest === undefined || this.#connection.link.phase !== "live") return;
    this.#store.dispatch({ type: "ai/older", conversationId, older: "loading" });
    try {
      const page = await this.#connection.request("aiOpen", { conversationId, beforeId: oldest.id });
      this.#store.dispatch({ type: "ai/opened", page, older: true });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      // A lost connection comes back and asks again; anything else would come again, too.
      this.#store.dispatch({ type: "ai/older", conversationId, older: error.code === "OFFLINE" ? "idle" : "failed" });
    }
  }

  /** Asks. `conversationId` null begins a conversation; its id comes with the answer's beginning. */
  async ask(conversationId: string | null, content: string): Promise<string | undefined> {
    const prompt: Prompt = { nonce: crypto.randomUUID(), content, state: "queued" };
    this.#store.dispatch({ type: "ai/asked", conversationId, prompt });
    return this.#send(conversationId, prompt);
  }

  /** Asks for the answer anew; what was there stays until the new one has a text. */
  async regenerate(conversationId: string, messageId: string): Promise<void> {
    const prompt: Prompt = { nonce: crypto.randomUUID(), content: "", regenerateId: messageId, state: "queued" };
    this.#store.dispatch({ type: "ai/asked", conversationId, prompt });
    await this.#send(conversationId, prompt);
  }

  /** Asks another question instead of an earlier one; what came after that goes. */
  async edit(conversationId: string, messageId: string, content: string): Promise<void> {
    const prompt: Prompt = { nonce: crypto.randomUUID(), content, editId: messageId, state: "queued" };
    this.#store.dispatch({ type: "ai/asked", conversationId, prompt });
    await this.#send(conversationId, prompt);
  }

  /** Tries again what was not taken up. */
  async retry(conversationId: string | null): Promise<string | undefined> {
    const failed = this.#promptOf(conversationId);
    if (failed === undefined) return undefined;
    const same =
      failed.error !== undefined && UNKNOWN_OUTCOME.has(failed.error.code) && failed.regenerateId === undefined;
    const { content, regenerateId, editId } = failed;
    const nonce = same ? failed.nonce : crypto.randomUUID();
    const prompt: Prompt = { nonce, content, regenerateId, editId, state: "queued" };
    this.#store.dispatch({ type: "ai/asked", conversationId, prompt });
    return this.#send(conversationId, prompt);
  }

  /** Gives up what was not taken up. */
  drop(conversationId: string | null): void {
    this.#store.dispatch({ type: "ai/promptDropped", conversationId });
  }

  /** Stops the answer; its words so far stay. */
  stop(conversationId: string): void {
    const active = this.#store.getState().ai.conversations[conversationId]?.active;
    if (active === undefined || active.stopping) return;
    this.#store.dispatch({ type: "ai/stopping", conversationId, stopping: true });
    this.#connection.command("aiStop", { generationId: active.generationId }, (error) => {
      this.#store.dispatch({ type: "ai/stopping", conversationId, stopping: false });
      this.#notice(error);
      void this.#open(conversationId);
    });
  }

  /** @throws RequestError */
  async rename(conversationId: string, title: string): Promise<void> {
    await this.#connection.request("aiRename", { conversationId, title });
  }

  /** @throws RequestError */
  async delete(conversationId: string): Promise<void> {
    await this.#connection.request("aiDelete", { conversationId });
  }

  /**
   * Asks about the user's own key, changes or tests it.
   *
   * @throws RequestError
   */
  async key(what: KeyRequest): Promise<AiKey> {
    switch (what.type) {
      case "aiKeySet":
        return this.#connection.request(what.type, { apiKey: what.apiKey });
      case "aiKeyTest":
        return this.#connection.request(what.type, {}, KEY_TEST_TIMEOUT_MS);
      default:
        return this.#connection.request(what.type, {});
    }
  }

  #promptOf(conversationId: string | null): Prompt | undefined {
    const { ai } = this.#store.getState();
    return conversationId === null ? ai.firstPrompt : ai.conversations[conversationId]?.prompt;
  }

  async #send(asked: string | null, prompt: Prompt): Promise<string | undefined> {
    const { nonce } = prompt;
    if (this.#connection.link.phase !== "live") return undefined;
    this.#store.dispatch({ type: "ai/promptState", conversationId: asked, nonce, state: "sending" });
    try {
      const payload = await this.#request(asked, prompt);
      this.#started(asked, prompt, payload);
      return payload.conversationId;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      const { code, retryAfterMs } = error;
      const change = { type: "ai/promptState", conversationId: asked, nonce } as const;
      if (code === "OFFLINE") this.#store.dispatch({ ...change, state: "queued" });
      else this.#store.dispatch({ ...change, state: "failed", error: { code, retryAfterMs }, at: Date.now() });
      return undefined;
    }
  }

  #request(asked: string | null, { nonce, content, regenerateId, editId }: Prompt): Promise<AiStarted> {
    const more = { ...this.#model(), nonce };
    if (asked !== null && regenerateId !== undefined) {
      const payload = { conversationId: asked, messageId: regenerateId, ...more };
      return this.#connection.request("aiRegenerate", payload, START_TIMEOUT_MS);
    }
    if (asked !== null && editId !== undefined) {
      const payload = { conversationId: asked, messageId: editId, content, ...more };
      return this.#connection.request("aiEdit", payload, START_TIMEOUT_MS);
    }
    return this.#connection.request("aiSend", { conversationId: asked, content, ...more }, START_TIMEOUT_MS);
  }

  #started(asked: string | null, prompt: Prompt, payload: AiStarted): void {
    const { conversationId, title = "", userMessageId = "", messageId, generationId, model = "" } = payload;
    const place = { conversationId, title, userMessageId, messageId, generationId, model };
    this.#store.dispatch({ type: "ai/started", asked, prompt, ...place, at: Date.now() });
  }

  /** The model that the user chose, as long as the server has it. */
  #model(): { model?: string } {
    const { ai, preferences } = this.#store.getState();
    return ai.models.includes(preferences.model) ? { model: preferences.model } : {};
  }

  async #list(query: string, cursor: string | undefined): Promise<void> {
    this.#store.dispatch({ type: "ai/list", status: "loading", query });
    try {
      const { items, next } = await this.#connection.request("aiListConversations", {
        ...(query === "" ? {} : { query }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      this.#store.dispatch({ type: "ai/listed", query, items, next, append: cursor !== undefined });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (this.#store.getState().ai.list.query === query)
        this.#store.dispatch({ type: "ai/list", status: "failed", query, code: error.code });
    }
  }

  /** Reads the conversation on screen again when something of it was missed. */
  #readAgain(): void {
    const id = this.#shown;
    if (id === undefined || this.#connection.link.phase !== "live") return;
    const conversation: Conversation | undefined = this.#store.getState().ai.conversations[id];
    if (conversation === undefined || conversation.stale) void this.#open(id);
  }

  async #open(conversationId: string): Promise<void> {
    if (this.#connection.link.phase !== "live") return;
    this.#store.dispatch({ type: "ai/opening", conversationId });
    try {
      const page = await this.#connection.request("aiOpen", { conversationId });
      // What came meanwhile belongs to the state that the page replaces.
      this.#deltas.flush();
      this.#store.dispatch({ type: "ai/opened", page, older: false });
      const active = this.#store.getState().ai.conversations[conversationId]?.active;
      if (active !== undefined) this.#attach(conversationId, active.generationId, active.lastSeq);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (error.code === "OFFLINE") return;
      this.#store.dispatch({ type: "ai/openFailed", conversationId, code: error.code });
    }
  }

  #attach(conversationId: string, generationId: string, afterSeq: number): void {
    this.#connection.command("aiAttach", { generationId, afterSeq }, () => {
      // Gone, and so finished: the conversation itself has the answer.
      setTimeout(() => {
        if (this.#shown === conversationId) void this.#open(conversationId);
      }, 1_000);
    });
  }

  #notice(error: unknown): void {
    if (!(error instanceof RequestError)) throw error;
    if (error.code !== "OFFLINE") this.#store.dispatch({ type: "notice", code: error.code });
  }
}
