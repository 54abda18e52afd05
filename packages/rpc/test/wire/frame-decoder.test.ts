import { describe, expect, it } from "vitest";
import { FrameDecoder, type FrameSink } from "../../src/wire/frame-decoder.ts";
import { frame } from "../raw-peer.ts";

function recorder() {
  const seen: unknown[] = [];
  const sink: FrameSink = {
    onFrame: (type, flags, stream, buffer, start, end) =>
      seen.push({ type, flags, stream, body: buffer.toString("utf8", start, end) }),
    onTooLong: (type, stream, length) => seen.push({ tooLong: length, type, stream }),
    onGarbage: (stream) => seen.push({ garbage: stream }),
  };
  return { seen, sink };
}

const bytes = Buffer.concat([
  frame({ stream: 1, type: 1, flags: 0, body: Buffer.from("hello") }),
  frame({ stream: 3, type: 3, flags: 5, body: Buffer.alloc(0) }),
  frame({ stream: 0x7fff_ffff, type: 2, flags: 0, body: Buffer.alloc(200) }),
  frame({ stream: 5, type: 3, flags: 1, body: Buffer.from("bye") }),
]);

const expected = [
  { type: 1, flags: 0, stream: 1, body: "hello" },
  { type: 3, flags: 5, stream: 3, body: "" },
  { tooLong: 200, type: 2, stream: 0x7fff_ffff },
  { type: 3, flags: 1, stream: 5, body: "bye" },
];

describe("push", () => {
  it("finds the same frames however the bytes are cut", () => {
    for (let size = 1; size <= bytes.length; size++) {
      const { seen, sink } = recorder();
      const decoder = new FrameDecoder(sink, 100);
      for (let at = 0; at < bytes.length; at += size) decoder.push(bytes.subarray(at, at + size));
      expect(seen).toEqual(expected);
      expect(decoder).toMatchObject({ partial: false, frames: 4 });
    }
  });

  it("knows at each byte whether a frame is incomplete", () => {
    const { sink } = recorder();
    const decoder = new FrameDecoder(sink, 100);
    const ends = new Set([15, 25, 235, 248]);
    for (const [i, byte] of bytes.entries()) {
      decoder.push(Buffer.of(byte));
      expect(decoder.partial).toBe(!ends.has(i + 1));
    }
  });

  it("gives a body of exactly the limit, and not one more", () => {
    const { seen, sink } = recorder();
    const decoder = new FrameDecoder(sink, 5);
    decoder.push(frame({ stream: 1, type: 1, flags: 0, body: Buffer.alloc(5, "a") }));
    decoder.push(frame({ stream: 3, type: 1, flags: 0, body: Buffer.alloc(6, "a") }));
    expect(seen).toEqual([
      { type: 1, flags: 0, stream: 1, body: "aaaaa" },
      { tooLong: 6, type: 1, stream: 3 },
    ]);
  });

  it("stops at a length of 16 MiB or more", () => {
    const { seen, sink } = recorder();
    const decoder = new FrameDecoder(sink, 100);
    decoder.push(Buffer.concat([Buffer.from("GET / HTTP/1.1"), bytes]));
    expect(seen).toEqual([{ garbage: Buffer.from("/ HT").readUInt32BE() }]);
    decoder.push(bytes);
    expect(seen).toHaveLength(1);
  });

  it("ignores the rest of the chunk once a frame's reader stops it", () => {
    const { seen, sink } = recorder();
    const onFrame: FrameSink["onFrame"] = (...args) => {
      sink.onFrame(...args);
      decoder.stop();
    };
    const decoder: FrameDecoder = new FrameDecoder({ ...sink, onFrame }, 100);
    decoder.push(bytes);
    expect(seen).toEqual([expected[0]]);
  });
});
