/** The events of the `servertech.v2` subprotocol that the page sends and understands. */

export interface User {
  readonly id: number;
  readonly username: string;
}

/** A stored message of a room. */
export interface Message {
  /** `ms-seq`; compare with `compareIds`, never as text. */
  readonly id: string;
  readonly seq: number;
  readonly content: string;
  readonly user: User;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly nonce?: string | undefined;
}

export interface Limits {
  /** Longest message, in UTF-16 units. */
  readonly messageChars: number;
  readonly historyPage: number;
  /** How long the server remembers a nonce. */
  readonly nonceTtlMs: number;
}

export interface RoomInfo {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly lastId?: string | undefined;
  readonly readId?: string | undefined;
  readonly unread?: number | undefined;
}

export interface AiStatus {
  readonly available: boolean;
  /** Canned replies of the built-in demo, no model. */
  readonly demo?: boolean | undefined;
  readonly models?: readonly string[] | undefined;
  readonly model?: string | undefined;
}

export interface AiError {
  readonly code: string;
  readonly retryAfterMs?: number | undefined;
  readonly retryable?: boolean | undefined;
}

interface Usage {
  readonly prompt: number;
  readonly completion: number;
}

export interface AiMessage {
  readonly id: string;
  readonly role: "user" | "assistant";
  readonly content: string;
  readonly reasoning?: string | undefined;
  readonly status: "running" | "complete" | "stopped" | "error";
  readonly finishReason?: string | undefined;
  readonly usage?: Usage | undefined;
  readonly error?: AiError | undefined;
  readonly createdAt: number;
  readonly model?: string | undefined;
}

export interface ConversationInfo {
  readonly id: string;
  readonly title: string;
  readonly model: string;
  readonly updatedAt: number;
}

/** The user's own key for the AI's provider, as far as the server tells. */
export interface AiKey {
  readonly configured: boolean;
  readonly last4?: string | undefined;
  /** `ok`, or the code of what is wrong with the key; only after a test. */
  readonly test?: string | undefined;
}

export interface PublicRoom {
  readonly id: string;
  readonly name: string;
  readonly joined: boolean;
}

export interface AcceptedMessage {
  readonly nonce: string;
  readonly id: string;
  readonly seq: number;
  readonly timestamp: number;
  readonly duplicate: boolean;
}

/** Where an answer belongs. */
interface AnswerPlace {
  readonly conversationId: string;
  readonly messageId: string;
  readonly generationId: string;
}

export interface AiStarted extends AnswerPlace {
  /** Absent, as `title` and `model`, when the answer was asked for on another socket. */
  readonly userMessageId?: string | undefined;
  readonly title?: string | undefined;
  readonly model?: string | undefined;
}

export interface AiDelta extends AnswerPlace {
  /** From 1 without holes. */
  readonly seq: number;
  readonly text?: string | undefined;
  readonly reasoning?: string | undefined;
}

export interface AiDone extends AnswerPlace {
  readonly seq: number;
  readonly status: "complete" | "stopped" | "error";
  readonly finishReason?: string | undefined;
  readonly usage?: Usage | undefined;
  readonly error?: AiError | undefined;
}

export interface ErrorPayload {
  readonly code: string;
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
  readonly roomId?: string | undefined;
  readonly nonces?: readonly string[] | undefined;
}

/** Type → payload of what the server sends. */
export interface ServerPayloads {
  hello: {
    readonly me: User;
    readonly serverTime: number;
    readonly limits: Limits;
    readonly rooms: readonly RoomInfo[];
    readonly ai: AiStatus;
  };
  roomCatchup: {
    readonly roomId: string;
    /** The messages replace what the client has of the room. */
    readonly reset: boolean;
    /** Oldest first. */
    readonly messages: readonly Message[];
    readonly deleted: readonly string[];
    readonly hasMoreMessages?: boolean | undefined;
  };
  ready: Readonly<Record<string, never>>;
  serverMessages: { readonly roomId: string; readonly messages: readonly Message[] };
  messagesAccepted: { readonly roomId: string; readonly results: readonly AcceptedMessage[] };
  /** Newest first. */
  roomHistory: { readonly roomId: string; readonly messages: readonly Message[]; readonly hasMoreMessages: boolean };
  messageDeleted: { readonly roomId: string; readonly messageId: string };
  readState: { readonly roomId: string; readonly readId: string; readonly unread: number };
  roomList: { readonly rooms: readonly PublicRoom[]; readonly next?: string | undefined };
  roomJoined: { readonly room: RoomInfo };
  roomLeft: { readonly roomId: string };
  /** Who is online in the room on screen; of more than 200 not all are named. */
  roomPresence: { readonly roomId: string; readonly online: number; readonly users: readonly User[] };
  presence: {
    readonly roomId: string;
    readonly online: number;
    readonly joined: readonly User[];
    readonly left: readonly number[];
  };
  typing: { readonly roomId: string; readonly user: User; readonly ttlMs: number };
  aiStatus: AiStatus;
  aiConversations: { readonly items: readonly ConversationInfo[]; readonly next?: string | undefined };
  aiMessages: {
    readonly conversationId: string;
    /** Newest first. */
    readonly messages: readonly AiMessage[];
    readonly hasMore: boolean;
    readonly active?:
      | { readonly generationId: string; readonly messageId: string; readonly lastSeq: number }
      | undefined;
  };
  aiStarted: AiStarted;
  aiDelta: AiDelta;
  aiDone: AiDone;
  aiConversationChanged: {
    readonly id: string;
    readonly title?: string | undefined;
    readonly deleted?: boolean | undefined;
  };
  aiKey: AiKey;
  serverClosing: { readonly retryAfterMs: number };
  error: ErrorPayload;
}

type ServerEventType = keyof ServerPayloads;

export type ServerEventOf<T extends ServerEventType> = T extends ServerEventType
  ? { readonly type: T; readonly ref?: number | undefined; readonly payload: ServerPayloads[T] }
  : never;

export type ServerEvent = ServerEventOf<ServerEventType>;

/** Type → payload of what the page sends. */
export interface ClientPayloads {
  resume: { readonly rooms: Readonly<Record<string, string>>; readonly generations: Readonly<Record<string, number>> };
  clientMessages: {
    readonly roomId: string;
    readonly messages: readonly { readonly content: string; readonly nonce: string }[];
  };
  requestRoomHistory: { readonly roomId: string; readonly firstMessageId: string; readonly limit?: number };
  markRead: { readonly roomId: string; readonly messageId: string };
  viewRoom: { readonly roomId: string | null };
  typing: { readonly roomId: string };
  listRooms: { readonly query?: string; readonly after?: string };
  createRoom: { readonly name: string };
  joinRoom: { readonly roomId: string };
  leaveRoom: { readonly roomId: string };
  deleteMessage: { readonly roomId: string; readonly messageId: string };
  aiListConversations: { readonly query?: string; readonly cursor?: string };
  aiOpen: { readonly conversationId: string; readonly beforeId?: string };
  aiSend: {
    readonly conversationId: string | null;
    readonly content: string;
    readonly model?: string;
    readonly nonce: string;
  };
  aiRegenerate: {
    readonly conversationId: string;
    readonly messageId: string;
    readonly model?: string;
    readonly nonce: string;
  };
  aiEdit: {
    readonly conversationId: string;
    readonly messageId: string;
    readonly content: string;
    readonly model?: string;
    readonly nonce: string;
  };
  aiAttach: { readonly generationId: string; readonly afterSeq: number };
  aiStop: { readonly generationId: string };
  aiRename: { readonly conversationId: string; readonly title: string };
  aiDelete: { readonly conversationId: string };
  aiKeyGet: Readonly<Record<string, never>>;
  aiKeySet: { readonly apiKey: string };
  aiKeyTest: Readonly<Record<string, never>>;
  aiKeyDelete: Readonly<Record<string, never>>;
}

/** Each request, and the event that answers it. */
export interface Replies {
  clientMessages: "messagesAccepted";
  requestRoomHistory: "roomHistory";
  listRooms: "roomList";
  createRoom: "roomJoined";
  joinRoom: "roomJoined";
  leaveRoom: "roomLeft";
  deleteMessage: "messageDeleted";
  aiListConversations: "aiConversations";
  aiOpen: "aiMessages";
  aiSend: "aiStarted";
  aiRegenerate: "aiStarted";
  aiEdit: "aiStarted";
  aiRename: "aiConversationChanged";
  aiDelete: "aiConversationChanged";
  aiKeyGet: "aiKey";
  aiKeySet: "aiKey";
  aiKeyTest: "aiKey";
  aiKeyDelete: "aiKey";
}

const KNOWN: Readonly<Record<ServerEventType, true>> = {
  hello: true,
  roomCatchup: true,
  ready: true,
  serverMessages: true,
  messagesAccepted: true,
  roomHistory: true,
  messageDeleted: true,
  readState: true,
  roomList: true,
  roomJoined: true,
  roomLeft: true,
  roomPresence: true,
  presence: true,
  typing: true,
  aiStatus: true,
  aiConversations: true,
  aiMessages: true,
  aiStarted: true,
  aiDelta: true,
  aiDone: true,
  aiConversationChanged: true,
  aiKey: true,
  serverClosing: true,
  error: true,
};

/** Reads a frame of the server. Undefined for what is no event, or one of a kind that this page does not know. */
export function parseServerEvent(frame: unknown): ServerEvent | undefined {
  if (typeof frame !== "string") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !isRecord(value.payload) || typeof value.type !== "string") return undefined;
  // The payload's own members are believed: they come from the page's own server.
  return Object.hasOwn(KNOWN, value.type) ? (value as unknown as ServerEvent) : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
