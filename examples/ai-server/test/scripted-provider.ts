import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

export type Script = (response: ServerResponse, request: SeenRequest) => void;

interface SeenRequest {
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Resolves when the other side has hung up or the answer has ended. */
  readonly closed: Promise<void>;
}

export interface ScriptedProvider extends AsyncDisposable {
  readonly baseUrl: string;
  readonly port: number;
  readonly requests: SeenRequest[];
  /** What each request gets; the last one goes on. */
  play(...scripts: Script[]): void;
  /** Connections that are open. */
  connections(): Promise<number>;
}

/** A provider that answers as a test says. */
export async function scriptedProvider(tls?: { key: string; cert: string }): Promise<ScriptedProvider> {
  let scripts: Script[] = [];
  const requests: SeenRequest[] = [];
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const closed = new Promise<void>((resolve) => response.on("close", () => resolve()));
      const body = Buffer.concat(chunks).toString("utf8");
      const seen = { url: request.url ?? "", headers: request.headers, body, closed };
      requests.push(seen);
      const script = scripts.length > 1 ? scripts.shift() : scripts[0];
      script?.(response, seen);
    });
  };
  const server = tls === undefined ? createServer(onRequest) : createTlsServer(tls, onRequest);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}/v1`,
    port,
    requests,
    play: (...next) => {
      scripts = next;
    },
    connections: () =>
      new Promise((resolve, reject) => server.getConnections((error, n) => (error ? reject(error) : resolve(n)))),
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

export const sse = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { "content-type": "text/event-stream" });
export const data = (chunk: unknown): string =>
  `data: ${typeof chunk === "string" ? chunk : JSON.stringify(chunk)}\n\n`;
export const says = (content: string, finish: string | null = null): string =>
  data({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] });

/** A stream of these pieces, each written as it stands. */
export const stream =
  (...pieces: (string | Buffer)[]): Script =>
  (response) => {
    sse(response);
    for (const piece of pieces) response.write(piece);
    response.end();
  };

export const goodAnswer: Script = stream(says("Hello"), says(" world"), says("", "stop"), data("[DONE]"));

export const status =
  (code: number, body: unknown, headers: Record<string, string> = {}): Script =>
  (response) =>
    void response.writeHead(code, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
