/** `echo.proto` for our side, encoded in one pass as generated code does. */
import type { Codec, Method } from "@servertech/rpc";

export interface Payload {
  readonly text: string;
}

const TAG = 0x0a;
/** A length of one byte: texts here are shorter than 128. */
const HEAD_BYTES = 2;

interface PayloadCodec extends Codec<Payload> {
  writeTo(message: Payload, buffer: Buffer, position: number): number;
}

const payload: PayloadCodec = {
  encode(message) {
    const bytes = Buffer.allocUnsafe(HEAD_BYTES + Buffer.byteLength(message.text));
    this.writeTo(message, bytes, 0);
    return bytes;
  },
  decode(bytes) {
    if (bytes[0] !== TAG || bytes[1] !== bytes.length - HEAD_BYTES) throw new Error("no Payload");
    return { text: (bytes as Buffer).toString("utf8", HEAD_BYTES) };
  },
  writeTo({ text }, buffer, position) {
    if (position + HEAD_BYTES + 3 * text.length > buffer.length) return Infinity;
    const length = buffer.write(text, position + HEAD_BYTES);
    if (length > 127) throw new RangeError("the text is too long for this case");
    buffer[position] = TAG;
    buffer[position + 1] = length;
    return position + HEAD_BYTES + length;
  },
};

const unary: Method<"unary", Payload, Payload> = { name: "Unary", kind: "unary", request: payload, response: payload };

export const Echo = { name: "bench.Echo", methods: { unary } };
