import { describe, expect, it } from "vitest";
import { OPEN_ACL } from "../../src/zookeeper/client/acl.ts";
import { FrameDecoder } from "../../src/zookeeper/client/frame-decoder.ts";
import { JuteError, JuteReader, JuteWriter } from "../../src/zookeeper/client/jute.ts";
import {
  authRequest,
  connectRequest,
  Opcode,
  pingRequest,
  readConnectResponse,
  readReplyHeader,
  readStat,
  readWatcherEvent,
  request,
  setWatchesRequests,
  setXid,
  writeAcls,
} from "../../src/zookeeper/client/records.ts";

const hex = (bytes: Buffer) => bytes.toString("hex");
const reader = (text: string) => new JuteReader(Buffer.from(text.replaceAll(" ", ""), "hex"));
const bytes = (text: string) => text.replaceAll(" ", "");
const LONG = (n: number) => n.toString(16).padStart(16, "0");

const CONNECT_RESPONSE = "00000000 00000bb8 0100000000000001 00000010 000102030405060708090a0b0c0d0e0f 00";
const STAT = `${LONG(1)}${LONG(2)}${LONG(3)}${LONG(4)} 00000005 00000006 00000007 ${LONG(8)} 00000009 0000000a ${LONG(11)}`;
const EVENT = "00000003 00000003 00000002 2f61";

describe("requests", () => {
  it("has the fields of a session request", () => {
    const frame = connectRequest({ lastZxid: 5n, timeoutMs: 3_000, sessionId: 0n, password: new Uint8Array(16) });
    expect(hex(frame)).toBe(
      bytes(`0000002d 00000000 0000000000000005 00000bb8 0000000000000000 00000010 ${"00".repeat(16)} 00`),
    );
  });

  it("has header, path, data, rights and flags of a create", () => {
    const frame = writeAcls(request(Opcode.create).string("/a").buffer(Buffer.from("x")), OPEN_ACL)
      .int(1)
      .frame();
    setXid(frame, 7);
    expect(hex(frame)).toBe(
      bytes(
        "00000032 00000007 00000001 00000002 2f61 00000001 78 00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65 00000001",
      ),
    );
  });

  it("has the reserved xids of ping and auth", () => {
    expect(hex(pingRequest())).toBe(bytes("00000008 fffffffe 0000000b"));
    expect(hex(authRequest("digest", "u:p"))).toBe(
      bytes("0000001d fffffffc 00000064 00000000 00000006 646967657374 00000003 753a70"),
    );
  });

  it("sets watches again in five vectors", () => {
    const watches = new Map([
      ["/p", { mode: "persistent" }],
      ["/r", { mode: "persistentRecursive" }],
    ] as const);
    expect(setWatchesRequests(9n, watches).map((frame) => hex(frame))).toEqual([
      bytes(
        `00000030 fffffff8 00000069 ${LONG(9)} 00000000 00000000 00000000 00000001 00000002 2f70 00000001 00000002 2f72`,
      ),
    ]);
    expect(setWatchesRequests(9n, new Map())).toEqual([]);
  });

  it("splits watches into frames that a server reads", () => {
    const paths = Array.from({ length: 3_000 }, (_, n) => `/${"x".repeat(100)}${n}`);
    const frames = setWatchesRequests(
      1n,
      new Map(paths.map((path) => [path, { mode: "persistentRecursive" }] as const)),
    );
    expect(frames.length).toBe(3);
    const found = frames.flatMap((frame) => {
      expect(frame.length).toBeLessThan(131_072 + 64);
      const fields = new JuteReader(frame.subarray(20));
      return [1, 2, 3, 4, 5].flatMap(() => fields.vector((one) => one.string()));
    });
    expect(found).toEqual(paths);
  });

  it("grows with what is written", () => {
    const frame = new JuteWriter().string("ü".repeat(500)).buffer(null).boolean(true).frame();
    const fields = new JuteReader(frame.subarray(4));
    expect([fields.string(), fields.buffer(), fields.boolean(), fields.remaining]).toEqual([
      "ü".repeat(500),
      null,
      true,
      0,
    ]);
  });
});

describe("replies", () => {
  it("reads a session, with and without its last byte", () => {
    const session = {
      timeoutMs: 3_000,
      sessionId: 0x0100000000000001n,
      password: Buffer.from("000102030405060708090a0b0c0d0e0f", "hex"),
    };
    expect(readConnectResponse(reader(CONNECT_RESPONSE))).toEqual(session);
    expect(readConnectResponse(reader(CONNECT_RESPONSE.slice(0, -3)))).toEqual(session);
  });

  it("reads headers, events and states", () => {
    expect(readReplyHeader(reader("ffffffff ffffffffffffffff ffffff9b"))).toEqual({ xid: -1, zxid: -1n, errno: -101 });
    expect(readWatcherEvent(reader(EVENT))).toEqual({ type: "dataChanged", path: "/a" });
    expect(readWatcherEvent(reader(`00000007${EVENT.slice(8)}`)).type).toBeUndefined();
    expect(readStat(reader(STAT))).toEqual({
      czxid: 1n,
      mzxid: 2n,
      ctimeMs: 3,
      mtimeMs: 4,
      version: 5,
      cversion: 6,
      aversion: 7,
      ephemeralOwner: 8n,
      dataLength: 9,
      numChildren: 10,
      pzxid: 11n,
    });
  });

  it("refuses each record cut at each byte", () => {
    const records: [string, number, (fields: JuteReader) => unknown][] = [
      [CONNECT_RESPONSE, 36, readConnectResponse],
      [STAT, 68, readStat],
      [EVENT, 14, readWatcherEvent],
    ];
    for (const [text, whole, read] of records) {
      const record = Buffer.from(bytes(text), "hex");
      for (let length = 0; length < whole; length += 1)
        expect(() => read(new JuteReader(record.subarray(0, length)))).toThrow(JuteError);
    }
  });

  it("refuses lengths that make no sense", () => {
    expect(() => reader("fffffffe").buffer()).toThrow(JuteError);
    expect(() => reader("7fffffff 00").string()).toThrow(JuteError);
    expect(() => reader("7fffffff 00").vector((fields) => fields.boolean())).toThrow(JuteError);
    expect(reader("ffffffff").vector((fields) => fields.int())).toEqual([]);
  });

  it("throws nothing but its own error on random bytes", () => {
    const reads = [
      readConnectResponse,
      readStat,
      readWatcherEvent,
      (fields: JuteReader) => fields.vector((one) => one.string()),
    ];
    for (let turn = 0; turn < 5_000; turn += 1) {
      const random = Buffer.from(Array.from({ length: Math.floor(Math.random() * 100) }, () => Math.random() * 256));
      for (const read of reads) {
        try {
          read(new JuteReader(random));
        } catch (error) {
          expect(error).toBeInstanceOf(JuteError);
        }
      }
    }
  });
});

describe("FrameDecoder", () => {
  const frame = (payload: string) => new JuteWriter().string(payload).frame();
  const stream = Buffer.concat([frame("a"), frame("bb".repeat(300)), frame(""), frame("last")]);
  const payloads = (frames: Buffer[]) => frames.map((one) => new JuteReader(one).string());

  it("finds the frames however the bytes are cut", () => {
    for (const size of [1, 2, 3, 4, 5, 7, 100, 607, 608, stream.length]) {
      const decoder = new FrameDecoder(1_000);
      const found: (string | null)[] = [];
      for (let at = 0; at < stream.length; at += size)
        found.push(...payloads(decoder.push(stream.subarray(at, at + size))));
      expect(found).toEqual(["a", "bb".repeat(300), "", "last"]);
    }
  });

  it("refuses a length below 0 or above its limit", () => {
    expect(() => new FrameDecoder(10).push(Buffer.from("ffffffff", "hex"))).toThrow(JuteError);
    expect(() => new FrameDecoder(10).push(Buffer.from("0000000b", "hex"))).toThrow(JuteError);
    expect(new FrameDecoder(10).push(Buffer.from("0000000a", "hex"))).toEqual([]);
  });

  it("throws nothing but its own error on random bytes", () => {
    for (let turn = 0; turn < 2_000; turn += 1) {
      const decoder = new FrameDecoder(1_024);
      try {
        for (let chunk = 0; chunk < 10; chunk += 1)
          decoder.push(Buffer.from(Array.from({ length: 8 }, () => (Math.random() < 0.6 ? 0 : Math.random() * 256))));
      } catch (error) {
        expect(error).toBeInstanceOf(JuteError);
      }
    }
  });
});
