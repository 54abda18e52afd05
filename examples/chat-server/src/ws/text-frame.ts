/** A text message as it goes over the wire, made once however many clients get it. */
export class TextFrame {
  readonly text: string;
  #bytes: Buffer | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** The whole frame as a server sends it: not masked, not compressed, in one piece (RFC 6455, 5.2). */
  get bytes(): Buffer {
    return (this.#bytes ??= encode(this.text));
  }
}

const FIN_TEXT = 0x81;
const LENGTH_IS_16_BITS = 126;
const LENGTH_IS_64_BITS = 127;

function encode(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const head = length < LENGTH_IS_16_BITS ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = FIN_TEXT;
  if (head === 2) frame[1] = length;
  else if (head === 4) {
    frame[1] = LENGTH_IS_16_BITS;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = LENGTH_IS_64_BITS;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, head);
  return frame;
}
