import type { Link } from "../socket/connection.ts";
import type { AiDelta, AiError, ConversationInfo, ServerEvent, ServerPayloads, User } from "../socket/events.ts";
import type { Conversation, Outgoing, Preferences, Prompt, Room, Session } from "./state.ts";

export type RoomAction =
  | { readonly type: "room/wrote"; readonly roomId: string; readonly message: Outgoing }
  | {
      readonly type: "room/outgoing";
      readonly roomId: string;
      readonly nonce: string;
      readonly change: Partial<Pick<Outgoing, "nonce" | "state" | "code" | "at">>;
    }
  | { readonly type: "room/discarded"; readonly roomId: string; readonly nonce: string }
  | { readonly type: "room/history"; readonly roomId: string; readonly history: Room["history"] }
  /** `until` and `now` in milliseconds since 1970. */
  | {
      readonly type: "room/typing";
      readonly roomId: string;
      readonly user: User;
      readonly until: number;
      readonly now: number;
    }
  | { readonly type: "room/read"; readonly roomId: string; readonly messageId: string };

/** `conversationId` null: the conversation that does not exist yet. */
export type AiAction =
  | { readonly type: "ai/list"; readonly status: "loading" | "failed"; readonly query: string; readonly code?: string }
  | {
      readonly type: "ai/listed";
      readonly query: string;
      readonly items: readonly ConversationInfo[];
      readonly next: string | undefined;
      /** Adds to the list instead of replacing it. */
      readonly append: boolean;
    }
  | { readonly type: "ai/opened"; readonly page: ServerPayloads["aiMessages"]; readonly older: boolean }
  | { readonly type: "ai/opening"; readonly conversationId: string }
  | { readonly type: "ai/openFailed"; readonly conversationId: string; readonly code: string }
  | { readonly type: "ai/older"; readonly conversationId: string; readonly older: Conversation["older"] }
  | { readonly type: "ai/asked"; readonly conversationId: string | null; readonly prompt: Prompt }
  | {
      readonly type: "ai/promptState";
      readonly conversationId: string | null;
      readonly nonce: string;
      readonly state: Prompt["state"];
      readonly error?: AiError;
      readonly at?: number;
    }
  | { readonly type: "ai/promptDropped"; readonly conversationId: string | null }
  | {
      readonly type: "ai/started";
      readonly asked: string | null;
      readonly prompt: Prompt;
      readonly conversationId: string;
      readonly title: string;
      readonly userMessageId: string;
      readonly messageId: string;
      readonly generationId: string;
      readonly model: string;
      readonly at: number;
    }
  | { readonly type: "ai/deltas"; readonly deltas: readonly AiDelta[] }
  | { readonly type: "ai/stopping"; readonly conversationId: string; readonly stopping: boolean };

export type Action =
  | { readonly type: "session"; readonly session: Session }
  | { readonly type: "link"; readonly link: Link }
  | { readonly type: "preferences"; readonly preferences: Partial<Preferences> }
  | { readonly type: "notice"; readonly code: string | undefined }
  | { readonly type: "server"; readonly event: ServerEvent }
  | RoomAction
  | AiAction;
