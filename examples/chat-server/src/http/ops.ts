/** The operator's page: who may see it, and what it shows, once a second. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { COMMON_HEADERS, sendText } from "./responses.ts";
import type { Handler } from "./router.ts";

export interface OpsOptions {
  /** Opens the page to those who are elsewhere; undefined: to nobody. */
  readonly token: string | undefined;
  /** What there is to see now. */
  readonly collect: () => object;
}

const EVERY_MS = 1_000;
const MAX_WATCHERS = 32;
/** One that does not read is cut off. */
const MAX_UNSENT_BYTES = 1024 * 1024;

/** Streams of server-sent events with the state of this instance. */
export class Ops {
  readonly #options: OpsOptions;
  readonly #watchers = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: OpsOptions) {
    this.#options = options;
  }

  /** Whether the page itself may be seen: it asks for the token by itself. */
  readonly mayLoad = (request: IncomingMessage): boolean => this.#options.token !== undefined || isLocal(request);

  /** `GET /api/ops`. To those who may not see it there is no such path. */
  readonly stream: Handler = ({ raw, response }) => {
    if (!isLocal(raw) && !this.#hasToken(raw)) return sendText(response, 404, "Not found");
    if (this.#closed || this.#watchers.size >= MAX_WATCHERS) return sendText(response, 503, "Too many watchers");
    response.writeHead(200, {
      ...COMMON_HEADERS,
      "Content-Type": "text/event-stream",
      "Cache-Control": "no-store",
      // A proxy that buffers would show nothing.
      "X-Accel-Buffering": "no",
    });
    this.#watchers.add(response);
    response.once("close", () => this.#forget(response));
    response.write(this.#event());
    this.#timer ??= setInterval(() => this.#tell(), EVERY_MS).unref();
  };

  #hasToken({ headers }: IncomingMessage): boolean {
    const { token } = this.#options;
    const given = /^Bearer (.+)$/.exec(headers.authorization ?? "")?.[1];
    return token !== undefined && given !== undefined && timingSafeEqual(digest(given), digest(token));
  }

  #event(): string {
    return `data: ${JSON.stringify(this.#options.collect())}\n\n`;
  }

  #tell(): void {
    const event = this.#event();
    for (const response of this.#watchers) {
      if (response.writableLength > MAX_UNSENT_BYTES) response.destroy();
      else response.write(event);
    }
  }

  #forget(response: ServerResponse): void {
    this.#watchers.delete(response);
    if (this.#watchers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    this.#closed = true;
    for (const response of this.#watchers) response.end();
  }
}

const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/**
 * Whether somebody on this machine asks, and not through a proxy. A page of another site whose name leads here
 * (DNS rebinding) gives itself away by its `Host`.
 */
function isLocal({ socket, headers }: IncomingMessage): boolean {
  const isForwarded = Object.keys(headers).some((name) => name === "forwarded" || name.startsWith("x-forwarded-"));
  return LOOPBACK.test(socket.remoteAddress ?? "") && !isForwarded && LOOPBACK_HOST.test(headers.host ?? "");
}

/** Of equal length whatever the text, which a comparison in constant time needs. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
