/** Calls with interceptors around them. */
import { onAbort } from "@servertech/core";
import { type InterceptedCall, type InterceptedReply, runChain } from "../interceptor.ts";
import { type Metadata, type MetadataInit, MetadataList, type MutableMetadata, metadataList } from "../metadata.ts";
import { rpcError } from "../rpc-error.ts";
import { givesStream, takesStream } from "../server/handlers.ts";
import type { MethodInfo, MethodKind } from "../service.ts";
import { Status } from "../status.ts";
import type { CalledMethod } from "./called-method.ts";
import type { RpcChannel } from "./channel.ts";
import { Handoff } from "./handoff.ts";
import type { CallOptions } from "./options.ts";
import { Patience } from "./patience.ts";
import { BidiCall, ClientStreamCall, type RpcStatus, statusOf } from "./stream-call.ts";
import type { Rejected, Replied } from "./unary-call.ts";

/** A call as an interceptor sees it. No private fields: calls that interceptors make of it inherit from it. */
export class ClientCallView implements InterceptedCall {
  readonly kind: MethodKind;
  readonly method: MethodInfo;
  readonly metadata: MutableMetadata;
  readonly deadline: number | undefined;
  readonly signal: AbortSignal;
  readonly request?: unknown;
  readonly requests?: AsyncIterable<unknown> | undefined;

  constructor(
    method: CalledMethod,
    input: unknown,
    options: CallOptions,
    { timeoutMs, signal }: Pick<Patience, "timeoutMs" | "signal">,
  ) {
    this.kind = method.kind;
    this.method = method.info;
    this.metadata = metadataList(options.metadata ?? {});
    this.deadline = timeoutMs === 0 ? undefined : Date.now() + timeoutMs;
    this.signal = signal;
    if (takesStream(method.kind)) this.requests = input as AsyncIterable<unknown>;
    else this.request = input;
  }

  get remainingMs(): number {
    return this.deadline === undefined ? Infinity : Math.max(0, this.deadline - Date.now());
  }
}

/** The options of the call within, as interceptors have left them. */
export function optionsWithin(call: InterceptedCall, options: CallOptions, patience: Patience): CallOptions {
  const metadata: Record<string, readonly string[]> = {};
  for (const [key] of call.metadata.entries()) metadata[key] = call.metadata.getAll(key);
  const { remainingMs, signal } = call;
  if (remainingMs <= 0) throw patience.tooLate(`${call.method.fullName}: the deadline passed`);
  // 0 would be "no deadline".
  const timeoutMs = remainingMs === Infinity ? 0 : Math.max(1, Math.ceil(remainingMs));
  return { ...options, metadata: metadata satisfies MetadataInit, timeoutMs, signal };
}

export function interceptedUnary(
  channel: RpcChannel,
  method: CalledMethod,
  request: unknown,
  options: CallOptions = {},
  resolve: Replied,
  reject: Rejected,
): void {
  const run = async (): Promise<InterceptedReply> => {
    const patience = new Patience(options, channel.options.timeoutMs, method.fullName);
    const view = new ClientCallView(method, request, options, patience);
    const chain = runChain(channel.options.interceptors, view, async (call) => {
      const within = optionsWithin(call, options, patience);
      return patience.within(
        new Promise((done, failed) =>
          channel.unary(method, call.request, within, (message, trailers) => done({ message, trailers }), failed),
        ),
      );
    });
    return patience.wait(chain);
  };
  run().then((reply) => resolve(reply?.message, reply?.trailers ?? new MetadataList()), reject);
}

/** @throws OptionError or the reason of an aborted signal. */
export function interceptedStream(
  channel: RpcChannel,
  method: CalledMethod,
  request: unknown,
  options: CallOptions = {},
): InterceptedStream {
  return method.kind === "bidi"
    ? new InterceptedBidi(channel, method, request, options)
    : new InterceptedStream(channel, method, request, options);
}

/** What a caller has of a call with streams: the call itself is made innermost, by the chain of interceptors. */
class InterceptedStream {
  readonly #method: CalledMethod;
  readonly #requests: Handoff | undefined;
  readonly #reply: Promise<InterceptedReply>;
  readonly #patience: Patience;
  #messages: AsyncIterator<unknown> | undefined;
  /** The reader has had the end or the error, or wants no more. */
  #over = false;
  #resolveStatus: (status: RpcStatus) => void = () => {};
  readonly status: Promise<RpcStatus>;

  constructor(channel: RpcChannel, method: CalledMethod, request: unknown, options: CallOptions) {
    this.#patience = new Patience(options, 0, method.fullName);
    this.#method = method;
    this.#requests = takesStream(method.kind) ? new Handoff(method.fullName) : undefined;
    this.status = new Promise((resolve) => {
      this.#resolveStatus = resolve;
    });
    const view = new ClientCallView(method, this.#requests ?? request, options, this.#patience);
    const { interceptors, attemptInterceptors } = channel.options;
    let begun = false;
    const chain = runChain([...interceptors, ...attemptInterceptors], view, (call) => {
      begun = true;
      return this.#innermost(channel, call, options);
    });
    this.#reply = new Promise((resolve, reject) => {
      onAbort(this.#patience.signal, reject);
      chain.then(resolve, reject);
    });
    this.#reply.then(
      (reply) => {
        if (!givesStream(method.kind)) this.#ended(undefined, reply?.trailers);
        else if (!begun) this.#requests?.makeRoom();
      },
      (error: unknown) => this.#ended({ error }, undefined),
    );
  }

  /** The call itself, fed with what the interceptors let through. */
  async #innermost(channel: RpcChannel, call: InterceptedCall, options: CallOptions): Promise<InterceptedReply> {
    const stream = channel.stream(this.#method, call.request, optionsWithin(call, options, this.#patience));
    const trailers = new MetadataList();
    const over = stream.status.then((status) => {
      for (const [key, value] of status.trailers.entries()) trailers.add(key, value);
      // A call that has failed refuses to send, with its own error.
      return status.code === "OK" ? undefined : stream.send(undefined);
    });
    this.#patience.within(over).then(
      () => this.#innerEnded(undefined, trailers),
      (error: unknown) => this.#innerEnded({ error }, undefined),
    );
    if (call.requests !== undefined) void this.#feed(stream as ClientStreamCall | BidiCall, call.requests);
    if (!(stream instanceof ClientStreamCall)) return { messages: stream, trailers };
    const message = await stream.whenReplied();
    return { message, trailers: await stream.trailers };
  }

  async #feed(stream: ClientStreamCall | BidiCall, requests: AsyncIterable<unknown>): Promise<void> {
    try {
      for await (const message of requests) await this.#pass(stream, message);
      if (stream instanceof BidiCall) stream.end();
      else stream.endWithoutReply();
    } catch (error) {
      // The caller gets what the interceptor, or whoever sends, has failed with.
      this.#requests?.close(error);
      stream.abort(error);
    }
  }

  async #pass(stream: ClientStreamCall | BidiCall, message: unknown): Promise<void> {
    try {
      await stream.send(message);
      this.#requests?.accept();
    } catch (error) {
      // The call goes on without the message, if somebody hears so.
      if (!stream.settled && this.#requests?.refuse(error) === true) return;
      this.#requests?.close(error);
      throw error;
    }
  }

  /** The call within is over: so is this one, whether or not its messages are read. */
  #innerEnded(failure: { readonly error: unknown } | undefined, trailers: Metadata | undefined): void {
    // Of a client stream the chain goes on with the reply.
    if (givesStream(this.#method.kind)) this.#ended(failure, trailers);
  }

  get trailers(): Promise<Metadata> {
    return this.status.then(({ trailers }) => trailers);
  }

  #ended(failure: { readonly error: unknown } | undefined, trailers: Metadata | undefined): void {
    this.#patience.done();
    this.#requests?.close(failure?.error ?? rpcError(Status.FailedPrecondition, "the call has ended"));
    const ok = {
      status: Status.Ok,
      code: "OK",
      message: "",
      details: [],
      trailers: trailers ?? new MetadataList(),
    } as const;
    this.#resolveStatus(Object.freeze(failure === undefined ? ok : statusOf(failure.error)));
  }

  send(message: unknown): Promise<void> {
    const sent = this.#requests?.put(message) ?? Promise.reject(rpcError(Status.FailedPrecondition, "no stream"));
    sent.catch(() => {});
    return sent;
  }

  /** Of a client stream: waits for the reply. */
  async end(): Promise<unknown> {
    this.endRequests();
    return (await this.#reply)?.message;
  }

  protected endRequests(): void {
    this.#requests?.end();
  }

  cancel(reason = "cancelled"): void {
    this.#over = true;
    const error = rpcError(Status.Cancelled, reason);
    this.#patience.end(error);
    this.#ended({ error }, undefined);
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#over) return { done: true, value: undefined };
    try {
      const reply = await this.#reply;
      if (reply?.messages === undefined) throw rpcError(Status.Internal, `${this.#method.fullName}: no stream came`);
      this.#messages ??= reply.messages[Symbol.asyncIterator]();
      const step = await this.#messages.next();
      if (step.done !== true) return { done: false, value: step.value };
      this.#ended(undefined, reply.trailers);
    } catch (error) {
      this.#ended({ error }, undefined);
      if (!this.#over) {
        this.#over = true;
        throw error;
      }
    }
    this.#over = true;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<unknown, undefined>> {
    this.cancel();
    await this.#messages?.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

class InterceptedBidi extends InterceptedStream {
  override end(): Promise<unknown> {
    this.endRequests();
    return Promise.resolve(undefined);
  }
}
