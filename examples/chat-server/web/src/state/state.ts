import type { Link } from "../socket/connection.ts";
import type { AiError, AiMessage, ConversationInfo, Limits, Message, User } from "../socket/events.ts";
import type { Typist } from "./typists.ts";

export type Session =
  /** Not asked yet, or the server cannot be reached. */
  | { readonly status: "unknown"; readonly unreachable: boolean }
  | { readonly status: "out" }
  | { readonly status: "in"; readonly me: User };

/** A message of one's own that the server has not confirmed. */
export interface Outgoing {
  readonly nonce: string;
  readonly content: string;
  /** When it was written, in milliseconds since 1970. */
  readonly at: number;
  readonly state: "queued" | "sending" | "failed";
  /** Why it failed: a code of the server, `TIMEOUT` or `EXPIRED`. */
  readonly code?: string | undefined;
}

export interface Room {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  /** Newest message that exists, as far as known. */
  readonly lastId: string;
  /** Newest message that came live or by catch-up: everything up to it is known, so a reconnect goes on from here. */
  readonly seenId: string;
  readonly readId: string;
  readonly unread: number;
  /** Oldest first, no id twice. */
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
  /** Its messages have come. */
  readonly synced: boolean;
  readonly history: "idle" | "loading" | "failed";
  readonly outbox: readonly Outgoing[];
  /** Who is online there; known while the room is on screen. */
  readonly attendance?: Attendance | undefined;
  readonly typists: readonly Typist[];
}

export interface Attendance {
  readonly online: number;
  /** Those who are named; of many users not all are. */
  readonly users: readonly User[];
}

/** A prompt that the server has not taken up yet. */
export interface Prompt {
  readonly nonce: string;
  readonly content: string;
  /** Set when a given answer shall be made anew; `content` is empty then. */
  readonly regenerateId?: string | undefined;
  /** Set when it takes the place of an earlier prompt and all that came after that. */
  readonly editId?: string | undefined;
  readonly state: "queued" | "sending" | "failed";
  readonly error?: AiError | undefined;
  /** Until when a retry is refused, in milliseconds since 1970. */
  readonly retryAt?: number | undefined;
}

/** An answer being made. */
export interface Generation {
  readonly generationId: string;
  readonly messageId: string;
  /** Deltas are applied up to here. */
  readonly lastSeq: number;
  /** What it takes the place of, once it has a text. */
  readonly replacesId?: string | undefined;
  readonly stopping: boolean;
}

export interface Conversation {
  readonly id: string;
  readonly title: string;
  readonly status: "loading" | "ready" | "failed";
  readonly code?: string | undefined;
  /** Oldest first. */
  readonly messages: readonly AiMessage[];
  readonly hasMore: boolean;
  readonly older: "idle" | "loading" | "failed";
  readonly active?: Generation | undefined;
  readonly prompt?: Prompt | undefined;
  /** Something was missed: it must be read again. */
  readonly stale: boolean;
}

interface ConversationList {
  readonly status: "idle" | "loading" | "ready" | "failed";
  readonly code?: string | undefined;
  /** What is searched for; empty: all of them. */
  readonly query: string;
  readonly items: readonly ConversationInfo[];
  readonly next?: string | undefined;
}

export interface Ai {
  readonly available: boolean;
  readonly demo: boolean;
  /** The one that answers when none is asked for. */
  readonly model: string;
  readonly models: readonly string[];
  /** The server has said whether there is an AI. */
  readonly known: boolean;
  readonly list: ConversationList;
  readonly conversations: Readonly<Record<string, Conversation>>;
  /** The first prompt of a conversation that does not exist yet. */
  readonly firstPrompt?: Prompt | undefined;
}

export interface Preferences {
  readonly language: "en" | "zh-CN";
  readonly theme: "system" | "light" | "dark";
  /** The model asked for, as long as there is such a one; empty: the server's own choice. */
  readonly model: string;
}

/** A short message about something that went wrong. */
interface Notice {
  readonly key: number;
  readonly code: string;
}

export interface State {
  readonly session: Session;
  readonly link: Link;
  readonly limits: Limits;
  /** The rooms one is in, by id. */
  readonly rooms: Readonly<Record<string, Room>>;
  readonly roomsKnown: boolean;
  readonly ai: Ai;
  readonly preferences: Preferences;
  readonly notice?: Notice | undefined;
}

export function initialState(preferences: Preferences): State {
  return {
    session: { status: "unknown", unreachable: false },
    link: { phase: "closed" },
    limits: { messageChars: 4_000, historyPage: 50, nonceTtlMs: 3_600_000 },
    rooms: {},
    roomsKnown: false,
    ai: {
      known: false,
      available: false,
      demo: false,
      model: "",
      models: [],
      list: { status: "idle", query: "", items: [] },
      conversations: {},
    },
    preferences,
  };
}
