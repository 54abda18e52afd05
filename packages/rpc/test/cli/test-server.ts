/** A server of the fixtures' services, with health and reflection unless said. */
import {
  Any,
  RpcError,
  type Server,
  type ServerOptions,
  Status,
  anyPack,
  badRequest,
  createServer,
  detail,
  health,
  reflection,
} from "../../src/index.ts";
import { All, Node } from "../fixtures/gen/everything.ts";
import { Clock } from "../fixtures/gen/well_known.ts";

export const FIXTURES: string = new URL("../fixtures/proto/", import.meta.url).pathname;

export interface TestServer extends AsyncDisposable {
  readonly server: Server;
  readonly target: string;
  /** Names that `Talk` and `Upload` have got. */
  readonly received: string[];
  /** Calls of `Talk` that the client has cancelled. */
  cancelled: number;
  readonly health: ReturnType<typeof health>;
}

export async function startTestServer(
  listen: { path?: string } = {},
  options: ServerOptions & { reflects?: boolean } = {},
): Promise<TestServer> {
  const { reflects = true, ...serverOptions } = options;
  const module = health();
  const server = createServer(serverOptions)
    .add(All, {
      getOne: (_, { metadata }) => ({ name: [...metadata.entries()].map((pair) => pair.join("=")).join(" ") }),
      put({ name }) {
        const message = `there is no ${name}`;
        const unknown = { typeUrl: "type.googleapis.com/no.Such", value: Uint8Array.of(1, 2, 3) };
        const details = [badRequest("name", "not there"), detail(Node, { name: "detail" }), unknown];
        throw new RpcError(Status.NotFound, message, { details, metadata: { hint: "try another" } });
      },
      async *list() {
        for (const key of ["a", "b", "c"]) yield { key };
      },
      async upload(nodes) {
        for await (const { name } of nodes) test.received.push(name);
        return {};
      },
      async *talk(nodes, { signal }) {
        signal.addEventListener("abort", () => {
          test.cancelled += 1;
        });
        for await (const { name } of nodes) {
          test.received.push(name);
          if (name === "fail") throw new RpcError(Status.Aborted, "asked to fail");
          if (name === "end") return;
          yield { name: `${name}!` };
        }
      },
      close$: (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
      echo: (message) => message,
    })
    .add(Clock, {
      now: () => ({ seconds: 1_700_000_000n }),
      async *echo(messages) {
        for await (const message of messages) {
          yield message;
          const own = anyPack(Node, { name: "inside" });
          const unknown = Any.create({ typeUrl: "type.googleapis.com/no.Such", value: Uint8Array.of(1, 2, 3) });
          yield { anys: [own, unknown] };
        }
      },
    })
    .add(module);
  if (reflects) server.add(reflection());
  const { port, path } = await server.listen(listen);
  const test: TestServer = {
    server,
    target: path === undefined ? `127.0.0.1:${port}` : `unix://${path}`,
    received: [],
    cancelled: 0,
    health: module,
    [Symbol.asyncDispose]: () => server.close({ timeoutMs: 0 }),
  };
  return test;
}
