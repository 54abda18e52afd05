import { onAbort, optionChecks } from "@servertech/core";
import { Health, type HealthCheckRequest, HealthCheckResponse_ServingStatus } from "../gen/health.ts";
import { rpcError } from "../rpc-error.ts";
import type { CallContext, Handlers } from "../server/handlers.ts";
import type { ServerView, ServiceModule } from "../server/service-module.ts";
import { Status } from "../status.ts";

/** Whether a service takes calls. */
export type ServingStatus = "UNKNOWN" | "SERVING" | "NOT_SERVING";

/** `grpc.health.v1.Health`, and what sets its answers. */
export interface HealthModule extends ServiceModule {
  /**
   * Says how a service is, and tells those who watch it.
   *
   * @param service full name; "" = the whole server. It need not be added to the server.
   * @throws OptionError
   */
  set(service: string, status: ServingStatus): void;
}

/**
 * The standard health service, to be added to a server: `server.add(health())`. The server itself ("") and each of its
 * services are SERVING until something else is set, and NOT_SERVING from the beginning of `close` on.
 *
 * https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function health(): HealthModule {
  return new HealthService();
}

const STATUSES: readonly ServingStatus[] = ["UNKNOWN", "SERVING", "NOT_SERVING"];
const { SERVICE_UNKNOWN, NOT_SERVING, SERVING } = HealthCheckResponse_ServingStatus;

class HealthService implements HealthModule {
  readonly service = Health;
  readonly handlers: Handlers<typeof Health.methods> = {
    check: ({ service }) => {
      const status = this.#statusOf(service);
      if (status === undefined) throw rpcError(Status.NotFound, `there is no service ${service}`);
      return { status };
    },
    watch: (request, context) => this.#watch(request, context),
  };
  readonly #set = new Map<string, HealthCheckResponse_ServingStatus>();
  readonly #watchers = new Set<() => void>();
  #server: ServerView | undefined;
  #closing = false;

  attach(server: ServerView): void {
    this.#server = server;
    server.onClosing(() => {
      this.#closing = true;
      this.#tell();
    });
  }

  set(service: string, status: ServingStatus): void {
    const check = optionChecks({}, []);
    if (typeof service !== "string") check.problem("service", "must be a string", service);
    check.done(check.oneOf("status", status, STATUSES));
    this.#set.set(service, HealthCheckResponse_ServingStatus[status]);
    this.#tell();
  }

  #tell(): void {
    for (const wake of this.#watchers) wake();
  }

  /** Undefined: there is no such service. */
  #statusOf(service: string): HealthCheckResponse_ServingStatus | undefined {
    const known = service === "" || this.#server?.services().some(({ name }) => name === service) === true;
    const set = this.#set.get(service);
    if (set === undefined && !known) return undefined;
    return this.#closing ? NOT_SERVING : (set ?? SERVING);
  }

  async *#watch({ service }: HealthCheckRequest, { signal }: CallContext) {
    let told: number | undefined;
    let wake: (() => void) | undefined;
    const woken = (): void => wake?.();
    this.#watchers.add(woken);
    const stop = onAbort(signal, woken);
    try {
      while (!signal.aborted) {
        const status = this.#statusOf(service) ?? SERVICE_UNKNOWN;
        const changed = new Promise<void>((resolve) => {
          wake = resolve;
        });
        if (status !== told) yield { status: (told = status) };
        // The last word: a stream that stays open would hold the server's close up.
        else if (this.#closing) return;
        else await changed;
      }
    } finally {
      stop();
      this.#watchers.delete(woken);
    }
  }
}
