/** The message is longer than the limit: nothing of it was written, or it was read no further. */
export class MessageTooLarge extends Error {
  override readonly name = "MessageTooLarge";

  constructor(maxBytes: number, bytes?: number) {
    super(
      bytes === undefined
        ? `the message takes more than ${maxBytes} bytes`
        : `the message takes ${bytes} bytes, more than ${maxBytes}`,
    );
  }
}
