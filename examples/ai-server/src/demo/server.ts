import { once } from "node:events";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CloseOnce, sleep } from "@servertech/core";
import { isObject } from "../llm/faults.ts";
import { type Failure, type Reply, pieces, replyTo } from "./replies.ts";

export const DEMO_MODEL = "offline-demo";

export interface DemoServer extends AsyncDisposable {
  /** What `AI_BASE_URL` would be: `http://127.0.0.1:<port>/v1`. */
  readonly baseUrl: string;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 1_048_576;
/** Pieces that come before a fault in mid-answer. */
const PIECES_BEFORE_FAULT = 4;

/**
 * Starts the demo model: a provider on this machine that speaks the wire of a cloud model, so that the whole path to it is
 * the real one. A key that contains `wrong` is refused, any other and none are taken.
 */
export async function startDemoServer({ port = 0 }: { port?: number | undefined } = {}): Promise<DemoServer> {
  const server = createServer((request, response) => void handle(request, response));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const closing = new CloseOnce(() => closeNow(server));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: () => closing.close(),
    [Symbol.asyncDispose]: () => closing.close(),
  };
}

async function closeNow(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Whoever hangs up in mid-answer does not want the rest.
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  try {
    await route(request, response, gone.signal);
  } catch (error) {
    if (gone.signal.aborted) return;
    refuse(response, 500, "server_error", error instanceof Error ? error.message : String(error));
  }
}

async function route(request: IncomingMessage, response: ServerResponse, gone: AbortSignal): Promise<void> {
  if (/wrong/i.test(request.headers.authorization ?? ""))
    return refuse(response, 401, "invalid_api_key", "this key is refused");
  if (request.method === "GET" && request.url === "/v1/models")
    return json(response, 200, { object: "list", data: [{ id: DEMO_MODEL, object: "model" }] });
  if (request.method !== "POST" || request.url !== "/v1/chat/completions")
    return refuse(response, 404, "not_found", "there is nothing here");
  const call = parseCall(await readBody(request));
  if (call === undefined) return refuse(response, 400, "invalid_request_error", "messages must be a list of texts");
  const reply = replyTo(call.prompt);
  const usage = usageOf(call.promptText, reply);
  if (typeof reply.fail === "number") return refuseAs(response, reply.fail);
  if (reply.fail === "html") return html(response);
  if (!call.stream) {
    const message = { role: "assistant", content: reply.text };
    return json(response, 200, {
      object: "chat.completion",
      model: DEMO_MODEL,
      choices: [{ index: 0, message, finish_reason: "stop" }],
      usage,
    });
  }
  await stream(response, reply, usage, gone);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`a request of over ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

interface DemoCall {
  readonly prompt: string;
  readonly promptText: string;
  readonly stream: boolean;
}

function parseCall(body: string): DemoCall | undefined {
  let call: unknown;
  try {
    call = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!isObject(call) || !Array.isArray(call.messages)) return undefined;
  const texts = (call.messages as unknown[]).map((message) => (isObject(message) ? message.content : undefined));
  if (!texts.every((text): text is string => typeof text === "string")) return undefined;
  const prompt = texts.at(-1);
  return prompt === undefined ? undefined : { prompt, promptText: texts.join("\n"), stream: call.stream === true };
}

function usageOf(promptText: string, { text, reasoning }: Reply) {
  const [said, thought] = [pieces(text).length, pieces(reasoning).length];
  return {
    prompt_tokens: pieces(promptText).length,
    completion_tokens: said + thought,
    completion_tokens_details: { reasoning_tokens: thought },
  };
}

async function stream(response: ServerResponse, reply: Reply, usage: object, gone: AbortSignal): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
  const send = (chunk: object): void =>
    void response.write(`data: ${JSON.stringify({ model: DEMO_MODEL, ...chunk })}\n\n`);
  const say = (delta: object): void => send({ choices: [{ index: 0, delta, finish_reason: null }] });
  say({ role: "assistant", content: "" });
  for (const piece of pieces(reply.reasoning)) {
    await sleep(reply.paceMs, { signal: gone });
    say({ reasoning_content: piece });
  }
  for (const [index, piece] of pieces(reply.text).entries()) {
    if (reply.fail !== undefined && index === PIECES_BEFORE_FAULT) return failIn(response, reply.fail, gone);
    await sleep(reply.paceMs, { signal: gone });
    say({ content: piece });
  }
  send({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
  send({ choices: [], usage });
  response.end("data: [DONE]\n\n");
}

async function failIn(response: ServerResponse, failure: Failure, gone: AbortSignal): Promise<void> {
  switch (failure) {
    case "cut":
      response.end();
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "stall":
      // Until the other side has had enough.
      while (!gone.aborted) await sleep(1_000, { signal: gone });
      return;
    case "badjson":
      response.end('data: {"choices":[{"delta":\n\n');
      return;
    default:
      response.end('data: {"error":{"message":"the model fell over","type":"server_error","code":null}}\n\n');
  }
}

function refuseAs(response: ServerResponse, status: number): void {
  if (status === 429) response.setHeader("retry-after", "1");
  const codes: Record<number, string> = {
    401: "invalid_api_key",
    402: "insufficient_quota",
    429: "rate_limit_exceeded",
  };
  refuse(response, status, codes[status] ?? "server_error", `played because the prompt asks for ${status}`);
}

function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  if (response.headersSent) response.destroy();
  else json(response, status, { error: { message, type: code, code } });
}

function html(response: ServerResponse): void {
  response
    .writeHead(200, { "content-type": "text/html" })
    .end("<!doctype html><title>Sign in</title><h1>Wi-Fi portal</h1>");
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
