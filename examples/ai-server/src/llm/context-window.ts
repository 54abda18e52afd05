/** A line of a conversation as the model gets it. */
export interface PromptMessage {
  readonly role: "user" | "assistant";
  readonly content: string;
}

/** What a model takes a text for, roughly: a token is at least three bytes in most languages. */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 3);
}

/**
 * The newest messages of a conversation that fit into `maxTokens`, oldest first. The last one, the prompt, is always
 * among them. An answer whose question does not fit is left out, too: a conversation begins with a question.
 */
export function contextWindow(messages: readonly PromptMessage[], maxTokens: number): PromptMessage[] {
  let left = maxTokens;
  let from = messages.length;
  while (from > 0) {
    const message = messages[from - 1]!;
    left -= estimateTokens(message.content);
    if (left < 0 && from < messages.length) break;
    from -= 1;
  }
  while (from < messages.length - 1 && messages[from]?.role === "assistant") from += 1;
  return messages.slice(from).map(({ role, content }) => ({ role, content: wellFormed(content) }));
}

/** Lone surrogates cannot be sent as UTF-8: they become U+FFFD. */
export function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, "\uFFFD");
}
