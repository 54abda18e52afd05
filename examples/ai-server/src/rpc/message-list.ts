import type { Active, ListMessagesResponse } from "../gen/ai_server.ts";
import { type LostGenerations, saidIn } from "../llm/lost-generations.ts";
import type { RunningGenerations } from "../llm/running-generations.ts";
import { generationIdOf } from "../store/generation-id.ts";
import type { SharedGenerations } from "../store/generations.ts";
import type { MessageRow, Messages } from "../store/messages.ts";
import { messageMessage } from "./messages.ts";

export interface MessageListParts {
  readonly messages: Messages;
  readonly shared: SharedGenerations;
  readonly running: RunningGenerations;
  readonly lost: LostGenerations;
}

/** A page of a conversation. An answer that is being made has what it says so far; one whose owner died is ended. */
export async function listMessages(
  parts: MessageListParts,
  conversationId: number,
  beforeId: bigint,
  limit: number,
): Promise<ListMessagesResponse> {
  const { messages } = parts;
  let { rows, hasMore } = await messages.list(conversationId, beforeId, limit);
  const repaired = await Promise.all(
    rows
      .filter((row) => row.status === "running" && parts.running.find(generationIdOf(row)) === undefined)
      .map(({ id, created_at }) => parts.lost.repair({ id, created_at, conversation_id: conversationId })),
  );
  if (repaired.some((outcome) => outcome !== "alive"))
    ({ rows, hasMore } = await messages.list(conversationId, beforeId, limit));
  let active: Active | undefined;
  const shown = await Promise.all(
    rows.map(async (row) => {
      if (row.status !== "running") return row;
      const { lastSeq, ...said } = await soFar(parts, row);
      active ??= { generationId: generationIdOf(row), messageId: BigInt(row.id), lastSeq };
      return { ...row, ...said };
    }),
  );
  return { messages: shown.map(messageMessage), hasMore, active };
}

async function soFar({ running, shared }: MessageListParts, row: MessageRow) {
  const generationId = generationIdOf(row);
  const own = running.find(generationId);
  const chunks = own === undefined ? (await shared.read(generationId, 0)).chunks : own.chunksFrom(0);
  const { text, reasoning } = saidIn(chunks);
  const deltas = chunks.filter(({ event }) => event?.case === "delta");
  return { content: text, reasoning, lastSeq: deltas.length };
}
