/** Compressed messages: by zlib, at once and in one piece, never beyond a limit. */
import type { OptionChecks } from "@servertech/core";
import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
} from "node:zlib";
import { MessageTooLarge } from "./message-too-large.ts";

/** How messages may be compressed. Zstandard is not in every zlib of Node 20. */
export type Encoding = "gzip" | "deflate" | "br";

export const ENCODINGS: readonly Encoding[] = ["gzip", "deflate", "br"];

/** What is compressed, and how. */
export interface CompressionOptions {
  encoding: Encoding;
  /** Shorter messages are sent as they are, in bytes. From 0. @default 1_024 */
  minBytes?: number | undefined;
}

export interface ResolvedCompression {
  readonly encoding: Encoding;
  readonly minBytes: number;
}

export function checkCompression(
  check: OptionChecks,
  compression: CompressionOptions | false = false,
): ResolvedCompression | false {
  if (compression === false) return false;
  const group = check.group("compression", compression, ["encoding", "minBytes"]);
  const { encoding, minBytes = 1_024 } = compression ?? {};
  return {
    encoding: group.oneOf("encoding", encoding, ENCODINGS),
    minBytes: group.bytes("minBytes", minBytes, { max: 2 ** 30 }),
  };
}

export function isEncoding(name: string): name is Encoding {
  return (ENCODINGS as readonly string[]).includes(name);
}

/** Quick rather than small: a message waits for it. */
const BROTLI_QUALITY = 4;

export function compress(encoding: Encoding, bytes: Uint8Array): Buffer {
  if (encoding === "gzip") return gzipSync(bytes);
  if (encoding === "deflate") return deflateSync(bytes);
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } });
}

/** @throws MessageTooLarge beyond `maxBytes`, after no more work than for `maxBytes`; Error when it is malformed. */
export function decompress(encoding: Encoding, bytes: Uint8Array, maxBytes: number): Buffer {
  const options = { maxOutputLength: maxBytes };
  try {
    if (encoding === "gzip") return gunzipSync(bytes, options);
    if (encoding === "deflate") return inflateSync(bytes, options);
    return brotliDecompressSync(bytes, options);
  } catch (error) {
    if (error instanceof RangeError) throw new MessageTooLarge(maxBytes);
    throw error;
  }
}
