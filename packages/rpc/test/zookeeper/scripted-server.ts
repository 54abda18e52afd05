import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { JuteReader, JuteWriter } from "../../src/zookeeper/client/jute.ts";

/** A request as it came: its xid, its opcode, and the fields after them. */
interface ScriptedRequest {
  readonly xid: number;
  readonly opcode: number;
  readonly fields: JuteReader;
}

export interface Script {
  /** Answers a session request. @default a session of 3 s, 1 for a new one, else the one asked for */
  connect?(peer: ScriptedPeer, asked: { sessionId: bigint; lastZxid: bigint }): void;
  /** Answers a request; pings are answered already. @default only the end of the session is answered */
  request?(peer: ScriptedPeer, request: ScriptedRequest): void;
}

/** A ZooKeeper server that says what a test wants, in this process. */
export class ScriptedServer implements AsyncDisposable {
  script: Script;
  /** Connections in all. */
  accepted = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, script: Script) {
    this.#server = server;
    this.script = script;
    server.on("connection", (socket) => {
      this.accepted += 1;
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => socket.destroy());
      const peer = new ScriptedPeer(socket, () => this.script);
      socket.on("data", (chunk: Buffer) => peer.read(chunk));
    });
  }

  static async start(script: Script = {}): Promise<ScriptedServer> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ScriptedServer(server, script);
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

const CLOSE_SESSION = -11;

class ScriptedPeer {
  readonly socket: Socket;
  readonly #script: () => Script;
  #bytes = Buffer.alloc(0);
  #connected = false;

  constructor(socket: Socket, script: () => Script) {
    this.socket = socket;
    this.#script = script;
  }

  session(sessionId: bigint, timeoutMs = 3_000): void {
    this.socket.write(
      new JuteWriter().int(0).int(timeoutMs).long(sessionId).buffer(Buffer.alloc(16, 1)).boolean(false).frame(),
    );
  }

  reply(xid: number, body: (writer: JuteWriter) => JuteWriter = (writer) => writer, errno = 0): void {
    this.socket.write(replyFrame(xid, body, errno));
  }

  read(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= 4 && this.#bytes.length >= 4 + this.#bytes.readInt32BE(0)) {
      const end = 4 + this.#bytes.readInt32BE(0);
      const fields = new JuteReader(this.#bytes.subarray(4, end));
      this.#bytes = this.#bytes.subarray(end);
      if (this.#connected) this.#request(fields);
      else this.#connect(fields);
    }
  }

  #connect(fields: JuteReader): void {
    this.#connected = true;
    fields.int();
    const lastZxid = fields.long();
    fields.int();
    const sessionId = fields.long();
    const script = this.#script();
    if (script.connect === undefined) this.session(sessionId === 0n ? 1n : sessionId);
    else script.connect(this, { sessionId, lastZxid });
  }

  #request(fields: JuteReader): void {
    const request = { xid: fields.int(), opcode: fields.int(), fields };
    const script = this.#script();
    if (request.xid === -2) this.reply(-2);
    else if (script.request !== undefined) script.request(this, request);
    else if (request.opcode === CLOSE_SESSION) this.reply(request.xid);
  }
}

export function replyFrame(xid: number, body: (writer: JuteWriter) => JuteWriter, errno = 0): Buffer {
  return body(new JuteWriter().int(xid).long(1n).int(errno)).frame();
}
