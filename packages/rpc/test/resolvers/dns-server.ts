import { type Socket, createSocket } from "node:dgram";
import { promises as dns } from "node:dns";
import type { DnsAccess } from "../../src/resolvers/dns-client.ts";
import { NO_SEARCH, type SearchList } from "../../src/resolvers/search-list.ts";

type Type = "A" | "AAAA" | "SRV";
/** What a server says to one question; "silent" says nothing. */
type Reply = readonly ResourceRecord[] | "SERVFAIL" | "NXDOMAIN" | "silent";

interface ResourceRecord {
  readonly ttl: number;
  readonly data: Buffer;
}

const TYPES: Readonly<Record<number, Type>> = { 1: "A", 28: "AAAA", 33: "SRV" };
const NUMBERS: Readonly<Record<Type, number>> = { A: 1, AAAA: 28, SRV: 33 };
const RCODES = { SERVFAIL: 2, NXDOMAIN: 3 };

/** A small DNS server over UDP (https://www.rfc-editor.org/rfc/rfc1035): it knows what tests tell it, and counts questions. */
export class DnsServer implements DnsAccess, AsyncDisposable {
  /** Every question so far: `A name`. */
  readonly asked: string[] = [];
  readonly #socket: Socket;
  readonly #replies = new Map<string, Reply>();

  static async start(): Promise<DnsServer> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    return new DnsServer(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (message, { port }) => {
      const reply = this.#answer(message);
      if (reply !== undefined) socket.send(reply, port, "127.0.0.1");
    });
  }

  search: SearchList = NO_SEARCH;

  /** Its silence is given up on soon. */
  open(): dns.Resolver {
    const resolver = new dns.Resolver({ timeout: 400, tries: 1 });
    resolver.setServers([`127.0.0.1:${this.#socket.address().port}`]);
    return resolver;
  }

  async searchList(): Promise<SearchList> {
    return this.search;
  }

  /** A question without a reply of its own is answered with no records. */
  reply(type: Type, name: string, reply: Reply): void {
    this.#replies.set(`${type} ${name}`, reply);
  }

  a(name: string, addresses: readonly string[], ttl = 60): void {
    this.reply(
      "A",
      name,
      addresses.map((address) => ({ ttl, data: Buffer.from(address.split(".").map(Number)) })),
    );
  }

  /** Addresses written out in full: eight groups. */
  aaaa(name: string, addresses: readonly string[], ttl = 60): void {
    const bytes = (address: string) =>
      Buffer.from(address.split(":").flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16)]));
    this.reply(
      "AAAA",
      name,
      addresses.map((address) => ({ ttl, data: bytes(address) })),
    );
  }

  /** Each record as in a zone file: `priority weight port target`. */
  srv(name: string, records: readonly string[], ttl = 60): void {
    this.reply(
      "SRV",
      name,
      records.map((record) => {
        const [priority, weight, port, target = ""] = record.split(" ");
        const numbers = Buffer.alloc(6);
        [priority, weight, port].forEach((number, index) => numbers.writeUInt16BE(Number(number), 2 * index));
        return { ttl, data: Buffer.concat([numbers, encodeName(target)]) };
      }),
    );
  }

  count(question: string): number {
    return this.asked.filter((each) => each === question).length;
  }

  #answer(message: Buffer): Buffer | undefined {
    const { name, end } = decodeName(message, 12);
    const type = TYPES[message.readUInt16BE(end)];
    if (type === undefined) throw new Error(`a question of type ${message.readUInt16BE(end)}`);
    this.asked.push(`${type} ${name}`);
    const reply = this.#replies.get(`${type} ${name}`) ?? [];
    if (reply === "silent") return undefined;
    const records = typeof reply === "string" ? [] : reply;
    const header = Buffer.alloc(12);
    message.copy(header, 0, 0, 2);
    // A response, recursion wanted and available.
    header.writeUInt16BE(0x8180 | (typeof reply === "string" ? RCODES[reply] : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    const question = message.subarray(12, end + 4);
    return Buffer.concat([header, question, ...records.map((record) => encodeRecord(NUMBERS[type], record))]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }
}

function encodeRecord(type: number, { ttl, data }: ResourceRecord): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0); // the name of the question
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function encodeName(name: string): Buffer {
  const labels = name.split(".").filter((label) => label !== "");
  return Buffer.concat([...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.of(0)]);
}

function decodeName(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 };
}
