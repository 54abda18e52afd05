/** The smallest clients that show whether a server keeps data: drivers belong to the packages that wrap them. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { promisify } from "node:util";
import { findBinary } from "../src/binaries.ts";

/** Runs statements by the client program of MariaDB; the rows, tab-separated. */
export async function sql(url: string, statements: string): Promise<string> {
  const program = findBinary("mariadb", "mysql");
  if (program === undefined) throw new Error("the client program of MariaDB is not installed");
  const { hostname, port } = new URL(url);
  const args = ["--no-defaults", "-h", hostname, "-P", port, "-u", "root", "-N", "-B", "-e", statements];
  const { stdout } = await promisify(execFile)(program, args);
  return stdout.trim();
}

/** Sends inline commands; the answers as they came, one after the other. */
export async function redisSays(url: string, ...commands: string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(`${commands.join("\r\n")}\r\n`);
  let answer = "";
  for await (const chunk of socket) {
    answer += (chunk as Buffer).toString("latin1");
    let end: number | undefined = 0;
    for (let left = commands.length; left > 0 && end !== undefined; left -= 1) end = endOfReply(answer, end);
    if (end !== undefined) return answer;
  }
  throw new Error(`Redis closed the connection after ${answer.length} bytes`);
}

/** Where the reply that begins at `start` ends; `undefined` while it is not whole. */
function endOfReply(text: string, start: number): number | undefined {
  const lineEnd = text.indexOf("\r\n", start);
  if (lineEnd === -1) return undefined;
  const kind = text[start];
  const count = Number(text.slice(start + 1, lineEnd));
  let end: number | undefined = lineEnd + 2;
  if (kind === "$" && count >= 0) end += count + 2;
  if (kind === "*") for (let left = count; left > 0 && end !== undefined; left -= 1) end = endOfReply(text, end);
  return end !== undefined && end <= text.length ? end : undefined;
}

/** The value of a key of Redis, `undefined` when it has none. */
export async function redisGet(url: string, key: string): Promise<string | undefined> {
  return /^\$\d+\r\n(.*)\r\n/.exec(await redisSays(url, `GET ${key}`))?.[1];
}

/** A session with ZooKeeper that can create a node and read one. */
export class ZooKeeperSession {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #xid = 0;

  static async open(address: string): Promise<ZooKeeperSession> {
    const [host = "", port] = address.split(":");
    const socket = connect({ host, port: Number(port) });
    await once(socket, "connect");
    const session = new ZooKeeperSession(socket);
    // protocol version, last zxid, timeout, session id, password, read only
    session.#send(int(0), Buffer.alloc(8), int(10_000), Buffer.alloc(8), bytes(Buffer.alloc(16)), Buffer.alloc(1));
    await session.#frame();
    return session;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
  }

  async create(path: string, data: string): Promise<void> {
    const everybody = [int(1), int(31), bytes("world"), bytes("anyone")];
    await this.#request(1, bytes(path), bytes(data), ...everybody, int(0));
  }

  async read(path: string): Promise<string> {
    const answer = await this.#request(4, bytes(path), Buffer.alloc(1));
    return answer.subarray(4, 4 + answer.readInt32BE(0)).toString();
  }

  close(): void {
    this.#socket.destroy();
  }

  async #request(operation: number, ...fields: Buffer[]): Promise<Buffer> {
    this.#xid += 1;
    this.#send(int(this.#xid), int(operation), ...fields);
    const answer = await this.#frame();
    const error = answer.readInt32BE(12);
    if (error !== 0) throw new Error(`ZooKeeper answered with error ${error}`);
    return answer.subarray(16);
  }

  #send(...fields: Buffer[]): void {
    this.#socket.write(bytes(Buffer.concat(fields)));
  }

  async #frame(): Promise<Buffer> {
    while (this.#received.length < 4 || this.#received.length < 4 + this.#received.readInt32BE(0)) {
      if (this.#socket.destroyed) throw new Error("ZooKeeper closed the connection");
      await Promise.race([once(this.#socket, "data"), once(this.#socket, "close")]);
    }
    const end = 4 + this.#received.readInt32BE(0);
    const frame = this.#received.subarray(4, end);
    this.#received = this.#received.subarray(end);
    return frame;
  }
}

function int(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
}

function bytes(value: Buffer | string): Buffer {
  const content = Buffer.from(value);
  return Buffer.concat([int(content.length), content]);
}
