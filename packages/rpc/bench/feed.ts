/** What every server streams. */
import type { Text } from "./echoes.ts";

export interface FeedRequest {
  readonly bytes: number;
  /** 0: until the reader leaves. */
  readonly messages: number;
}

/** The number of messages that are asked for. */
export function feedLength({ messages }: FeedRequest): number {
  return messages === 0 ? Infinity : messages;
}

export async function* feed(request: FeedRequest): AsyncGenerator<Text, void> {
  const message = { text: "x".repeat(request.bytes) };
  for (let left = feedLength(request); left > 0; left -= 1) yield message;
}
