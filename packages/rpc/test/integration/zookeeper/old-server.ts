import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { replyFrame } from "../../zookeeper/scripted-server.ts";

/** createContainer of 3.5.3, setWatches2 and addWatch of 3.6. */
const NEW_OPCODES: ReadonlySet<number> = new Set([19, 105, 106]);

/** What a server does with an opcode that it does not know. */
export type Refusal = "answers and closes" | "closes";

/** Stands before a server, and refuses what one of before 3.5.3 does not know. */
export class OldServer implements AsyncDisposable {
  readonly address: string;
  /** Opcodes refused. */
  readonly refused: number[] = [];
  readonly #server = createServer();
  readonly #sockets = new Set<Socket>();

  private constructor(port: number, refusal: Refusal, listening: ReturnType<typeof createServer>) {
    this.#server = listening;
    this.address = `127.0.0.1:${(listening.address() as AddressInfo).port}`;
    listening.on("connection", (client) => this.#bridge(client, port, refusal));
  }

  static async start(target: string, refusal: Refusal): Promise<OldServer> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new OldServer(Number(target.slice(target.lastIndexOf(":") + 1)), refusal, server);
  }

  /** Ends all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.cut();
    await closed;
  }

  #bridge(client: Socket, port: number, refusal: Refusal): void {
    const upstream = connect(port, "127.0.0.1");
    const ends = [client, upstream];
    for (const one of ends) {
      this.#sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        this.#sockets.delete(one);
        for (const end of ends) end.destroy();
      });
    }
    upstream.pipe(client);
    let bytes = Buffer.alloc(0);
    let isFirst = true;
    client.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
        const frame = bytes.subarray(0, 4 + bytes.readInt32BE(0));
        bytes = bytes.subarray(frame.length);
        const opcode = isFirst ? 0 : frame.readInt32BE(8);
        isFirst = false;
        if (NEW_OPCODES.has(opcode)) {
          this.refused.push(opcode);
          const answer = refusal === "closes" ? "" : replyFrame(frame.readInt32BE(4), (writer) => writer, -6);
          upstream.unpipe(client);
          client.end(answer);
          return;
        }
        upstream.write(frame);
      }
    });
  }
}
