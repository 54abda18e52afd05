/** What every unary contender does: one call, and a look at the reply. */
export interface Text {
  readonly text: string;
}

/** One operation of a case: echoes a text of `bytes` letters. */
export function echoes(bytes: number, call: (request: Text) => Promise<Text>): () => Promise<void> {
  const request = { text: "x".repeat(bytes) };
  return async () => {
    const { text } = await call(request);
    if (text.length !== bytes) throw new Error(`the reply has ${text.length} characters instead of ${bytes}`);
  };
}
