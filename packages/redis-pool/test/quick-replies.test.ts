import { describe, expect, it } from "vitest";
import { QuickCommand } from "../src/quick-command.ts";
import { QuickReplies } from "../src/quick-replies.ts";
import { ReplyScanner } from "../src/reply-scanner.ts";
import { seededRandom } from "../../../tools/seeded-random.ts";

interface Read {
  readonly value: unknown;
  readonly end: number;
}

/** One value of the protocol, strings as bytes; undefined when it is not whole. Plain and slow. */
function parse(bytes: Buffer, at: number): Read | undefined {
  const line = bytes.indexOf("\r\n", at);
  if (line === -1) return undefined;
  const type = String.fromCharCode(bytes[at] as number);
  const head = bytes.toString("utf8", at + 1, line);
  const end = line + 2;
  switch (type) {
    case "+":
    case ",":
      return { value: Buffer.from(head), end };
    case "-":
      return { value: new Error(head), end };
    case ":":
      return { value: Number(head), end };
    case "_":
      return { value: null, end };
    case "$": {
      if (head === "-1") return { value: null, end };
      const to = end + Number(head);
      return to + 2 > bytes.length ? undefined : { value: bytes.subarray(end, to), end: to + 2 };
    }
    case "*":
    case ">":
    case "%": {
      const values: unknown[] = [];
      let next = end;
      for (let n = 0; n < Number(head) * (type === "%" ? 2 : 1); n++) {
        const one = parse(bytes, next);
        if (one === undefined) return undefined;
        values.push(one.value);
        next = one.end;
      }
      return { value: values, end: next };
    }
    default:
      throw new Error(`unknown type ${type}`);
  }
}

interface Waiting {
  readonly command: { resolve(reply: unknown): void; reject(error: Error): void };
}

/** Commands without reply, a reader in ioredis' place, and ours before it. */
function connection() {
  const waiting: Waiting[] = [];
  const queue = { peekFront: () => waiting[0], shift: () => waiting.shift() };
  const pushes: unknown[] = [];
  const handed: Buffer[] = [];
  let rest = Buffer.alloc(0);
  const decode = (bytes: Buffer): void => {
    handed.push(bytes);
    rest = Buffer.concat([rest, bytes]);
    for (let read = parse(rest, 0); read !== undefined; read = rest.length > 0 ? parse(rest, 0) : undefined) {
      const push = rest[0] === 0x3e;
      rest = rest.subarray(read.end);
      if (push) pushes.push(read.value);
      else {
        const { command } = waiting.shift() as Waiting;
        if (read.value instanceof Error) command.reject(read.value);
        else command.resolve(read.value);
      }
    }
  };
  const send = (encoding: "utf8" | null): Promise<unknown> => {
    const command = new QuickCommand("get", ["k"], "", encoding, (error) => error);
    waiting.push({ command });
    return command.promise;
  };
  const sendByIoredis = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      waiting.push({ command: { resolve, reject } });
    });
  return { waiting, pushes, handed, send, sendByIoredis, read: new QuickReplies(queue, decode).read };
}

/** What Redis answers, and what that is as text. */
const ANSWERS: readonly (readonly [wire: string, text: unknown])[] = [
  ["+OK\r\n", "OK"],
  ["+OKAY\r\n", "OKAY"],
  ["+\r\n", ""],
  ["$2\r\nOK\r\n", "OK"],
  ["$0\r\n\r\n", ""],
  ["$-1\r\n", null],
  ["_\r\n", null],
  [`$${Buffer.byteLength("grün 😀\r\n:5\r\n")}\r\ngrün 😀\r\n:5\r\n\r\n`, "grün 😀\r\n:5\r\n"],
  [`$300\r\n${"x".repeat(300)}\r\n`, "x".repeat(300)],
  [":0\r\n", 0],
  [":-17\r\n", -17],
  [":999999999999999\r\n", 999_999_999_999_999],
  [":9007199254740991\r\n", Number.MAX_SAFE_INTEGER],
  [",0.5\r\n", "0.5"],
  ["-WRONGTYPE of value\r\n", new Error("WRONGTYPE of value")],
  ["*0\r\n", []],
  ["*3\r\n$1\r\na\r\n$-1\r\n*2\r\n:1\r\n+b\r\n", ["a", null, [1, "b"]]],
  ["%1\r\n$1\r\nf\r\n$1\r\nv\r\n", ["f", "v"]],
];

function asText(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString();
  return Array.isArray(value) ? value.map(asText) : value;
}

/** A conversation: what comes in, and what each command is to get. */
function conversation(seed: number, length: number) {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const kinds: ("text" | "bytes" | "ioredis")[] = [];
  const expected: unknown[] = [];
  let wire = "";
  let pushed = 0;
  for (let n = 0; n < length; n++) {
    if (random() < 0.1) {
      wire += `>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$${String(n).length}\r\n${n}\r\n`;
      pushed += 1;
    }
    const [answer, text] = pick(ANSWERS);
    wire += answer;
    kinds.push(pick(["text", "text", "bytes", "ioredis"]));
    expected.push(text);
  }
  return { bytes: Buffer.from(wire), kinds, expected, pushed };
}

/** What each command gets, as text. */
async function answersTo(pieces: readonly Buffer[], { kinds, pushed }: ReturnType<typeof conversation>) {
  const { send, sendByIoredis, read, waiting, pushes } = connection();
  const answers = kinds.map((kind) => (kind === "ioredis" ? sendByIoredis() : send(kind === "text" ? "utf8" : null)));
  const settled = Promise.allSettled(answers);
  for (const piece of pieces) read(piece);
  expect(waiting).toEqual([]);
  expect(pushes).toHaveLength(pushed);
  return (await settled).map((one, n) => {
    const value: unknown = one.status === "fulfilled" ? one.value : one.reason;
    // A caller that asks for text never gets bytes, and the other way round.
    if (kinds[n] === "text") return value;
    return typeof value === "string" ? ["text instead of bytes", value] : asText(value);
  });
}

describe("replies to quick commands", () => {
  it("are read without ioredis when they are whole, and each command gets its own", async () => {
    const { send, read, handed } = connection();
    const answers = [send("utf8"), send(null), send("utf8"), send("utf8"), send("utf8")];
    read(Buffer.from("+OK\r\n$1\r\na\r\n:7\r\n_\r\n$-1\r\n"));
    expect(await Promise.all(answers)).toEqual(["OK", Buffer.from("a"), 7, null, null]);
    expect(handed).toEqual([]);
  });

  it("are left to ioredis where they are lists, errors, pushes or another command's, to the byte", async () => {
    const { send, sendByIoredis, read, handed, pushes } = connection();
    const answers = [send("utf8"), sendByIoredis(), send("utf8"), send("utf8")];
    read(Buffer.from("$1\r\na\r\n+b\r\n>1\r\n+x\r\n*1\r\n$1\r\nc\r\n$1\r\nd\r\n"));
    expect(await Promise.all(answers)).toEqual(["a", Buffer.from("b"), ["c"], "d"]);
    expect(pushes).toEqual([[Buffer.from("x")]]);
    expect(handed.map(String)).toEqual(["+b\r\n", ">1\r\n+x\r\n", "*1\r\n$1\r\nc\r\n"]);
  });

  it.each([1, 2, 3])("are right wherever the bytes are cut in two, seed %i", async (seed) => {
    const talk = conversation(seed, 25);
    for (let cut = 0; cut <= talk.bytes.length; cut++)
      expect(await answersTo([talk.bytes.subarray(0, cut), talk.bytes.subarray(cut)], talk)).toEqual(talk.expected);
  });

  it.each(Array.from({ length: 40 }, (_, seed) => seed + 100))("are right in random pieces, seed %i", async (seed) => {
    const talk = conversation(seed, 60);
    const random = seededRandom(seed);
    const most = 1 + Math.floor(random() * 40);
    const pieces: Buffer[] = [];
    for (let at = 0; at < talk.bytes.length; ) {
      const to = at + 1 + Math.floor(random() * most);
      pieces.push(talk.bytes.subarray(at, to));
      at = to;
    }
    expect(await answersTo(pieces, talk)).toEqual(talk.expected);
  });

  it("are all left to ioredis once something is no reply", () => {
    const waiting: Waiting[] = [];
    const handed: string[] = [];
    const queue = { peekFront: () => waiting[0], shift: () => waiting.shift() };
    const { read } = new QuickReplies(queue, (bytes) => void handed.push(bytes.toString()));
    waiting.push({ command: new QuickCommand("get", ["k"], "", "utf8", (error) => error) });
    read(Buffer.from("?what\r\n+OK\r\n"));
    read(Buffer.from("+OK\r\n"));
    expect(handed).toEqual(["?what\r\n+OK\r\n", "+OK\r\n"]);
    expect(waiting).toHaveLength(1);
  });
});

describe("ReplyScanner", () => {
  it.each(ANSWERS.map(([wire]) => wire))("finds the end of %j, cut at any byte", (wire) => {
    const bytes = Buffer.from(`${wire}:1\r\n`);
    const end = bytes.length - 4;
    for (let cut = 0; cut <= end; cut++) {
      const scanner = new ReplyScanner();
      expect(scanner.between).toBe(true);
      const first = scanner.skip(bytes.subarray(0, cut), 0);
      if (cut === end) expect(first).toBe(end);
      else {
        expect(first).toBe(-1);
        expect(scanner.between).toBe(false);
        expect(scanner.skip(bytes, cut)).toBe(end);
      }
      expect(scanner.between).toBe(true);
    }
  });
});
