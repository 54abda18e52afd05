/** `servertech-rpc call`: one call of any kind, JSON in and out. */
import { abortable } from "@servertech/core";
import type { Channel } from "../client/channel.ts";
import { createClient } from "../client/client.ts";
import type { CallOptions } from "../client/options.ts";
import type { BidiStream, ClientStream, RequestSink, ServerStream, StreamEnd } from "../client/stream-call.ts";
import type { Properties } from "../codec/field-info.ts";
import { isRpcError } from "../rpc-error.ts";
import { AnyTypes } from "./any-types.ts";
import { readArguments, readHeaders, takePositionals } from "./arguments.ts";
import { CallFailed } from "./call-failed.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, TARGET_HELP, readConnection, withChannel } from "./connection.ts";
import { reportOf } from "./error-report.ts";
import { type RequestData, RequestReader, readData } from "./request-messages.ts";
import type { CallableMethod } from "./schema.ts";
import { SCHEMA_HELP, SCHEMA_OPTIONS, findMethod, readMethodName, schemaOf } from "./schema-source.ts";
import type { Terminal } from "./terminal.ts";

export const help: string = `servertech-rpc call <target> <pkg.Service/Method> [options]

Makes a call and prints the reply as JSON. Of a stream, replies are printed as they come, one a line; messages for a
stream are read one a line, and sent as the lines come.
${TARGET_HELP}
  -d, --data <json>            the request: JSON, @file, or - for stdin
                               (default: an empty message; stdin when the method takes a stream)
  -H, --header <key:value>     metadata of the call; may be given more than once${SCHEMA_HELP}${CONNECTION_HELP}`;

const OPTIONS = {
  data: { type: "string", short: "d" },
  header: { type: "string", short: "H", multiple: true },
  ...SCHEMA_OPTIONS,
  ...CONNECTION_OPTIONS,
} as const;

export async function run(args: readonly string[], terminal: Terminal): Promise<0> {
  const { values, positionals } = readArguments("call", args, OPTIONS);
  takePositionals("call", positionals, ["target", "pkg.Service/Method"]);
  const [target = "", name = ""] = positionals;
  const methodName = readMethodName("call", name);
  const metadata = readHeaders("call", values.header ?? []);
  const settings = await readConnection("call", values);
  const given = values.data === undefined ? undefined : await readData("call", values.data, terminal.stdin);
  await withChannel(terminal, target, settings, async (channel) => {
    const schema = await schemaOf(terminal, target, channel, settings, values);
    const method = await findMethod("call", schema, methodName);
    const { timeoutMs } = settings;
    const { signal } = terminal;
    const options = { metadata, signal, ...(timeoutMs !== undefined && { timeoutMs }) };
    await new MethodCall(terminal, channel, method, new AnyTypes(schema), options).make(given);
  });
  return 0;
}

type Unary = (request: Properties, options: CallOptions) => Promise<Properties>;
type Streamed<Call> = (request: Properties, options: CallOptions) => Call;
type Streaming<Call> = (options: CallOptions) => Call;

class MethodCall {
  readonly #terminal: Terminal;
  readonly #method: CallableMethod;
  readonly #types: AnyTypes;
  readonly #options: CallOptions;
  readonly #reader: RequestReader;
  /** The client's function, of the method's kind. */
  readonly #start: unknown;

  constructor(terminal: Terminal, channel: Channel, method: CallableMethod, types: AnyTypes, options: CallOptions) {
    this.#terminal = terminal;
    this.#method = method;
    this.#types = types;
    this.#options = options;
    this.#reader = new RequestReader("call", method.request, types);
    this.#start = createClient({ name: method.service, methods: { start: method } }, channel).start;
  }

  /** @throws {@link CallFailed}, UsageError, or the signal's reason. */
  async make(given: RequestData | undefined): Promise<void> {
    const { stdin } = this.#terminal;
    try {
      switch (this.#method.kind) {
        case "unary":
          return await this.#unary(await this.#request(given));
        case "serverStream":
          return await this.#serverStream(await this.#request(given));
        case "clientStream":
          return await this.#clientStream(this.#reader.each(given ?? stdin.setEncoding("utf8")));
        case "bidi":
          return await this.#bidi(this.#reader.each(given ?? stdin.setEncoding("utf8")));
      }
    } catch (error) {
      if (!isRpcError(error)) throw error;
      await this.#types.learnFromMessage(error.details);
      throw new CallFailed(reportOf(error, this.#types.types), error);
    } finally {
      // A server may have answered before all was read.
      stdin.destroy();
    }
  }

  #request(given: RequestData | undefined): Promise<Properties> {
    return abortable(this.#reader.one(given ?? ""), this.#terminal.signal);
  }

  async #unary(request: Properties): Promise<void> {
    const start = this.#start as Unary;
    await this.#print(await start(request, this.#options), true);
  }

  async #serverStream(request: Properties): Promise<void> {
    const start = this.#start as Streamed<ServerStream<Properties>>;
    for await (const reply of start(request, this.#options)) await this.#print(reply, false);
  }

  async #clientStream(requests: AsyncGenerator<Properties, undefined>): Promise<void> {
    const call = (this.#start as Streaming<ClientStream<Properties, Properties>>)(this.#options);
    try {
      await sendAll(call, requests);
    } catch (error) {
      call.cancel("the input is wrong");
      throw error;
    }
    await this.#print(await call.end(), true);
  }

  async #bidi(requests: AsyncGenerator<Properties, undefined>): Promise<void> {
    const call = (this.#start as Streaming<BidiStream<Properties, Properties>>)(this.#options);
    const sending = sendAll(call, requests).then(() => call.end());
    sending.catch(() => call.cancel("the input is wrong"));
    for await (const reply of call) await this.#print(reply, false);
    await sending;
  }

  /** @param alone it is the only reply: people read it more easily in several lines. */
  async #print(reply: Properties, alone: boolean): Promise<void> {
    await this.#types.learnFromMessage(reply);
    const json = this.#method.response.toJSON(reply, this.#types);
    const { out } = this.#terminal;
    await out.write(`${JSON.stringify(json, undefined, alone && !this.#terminal.json ? 2 : undefined)}\n`);
  }
}

/** Sends until the requests or the call end. How the call ended is told by what reads its replies. */
async function sendAll(
  call: RequestSink<Properties> & StreamEnd,
  requests: AsyncGenerator<Properties, undefined>,
): Promise<void> {
  const ended = new AbortController();
  void call.status.then(() => ended.abort());
  try {
    for (;;) {
      const { value, done } = await abortable(requests.next(), ended.signal);
      if (done === true) return;
      await call.send(value);
    }
  } catch (error) {
    if (error === ended.signal.reason) return;
    // A message may be refused while the call goes on: it is too long.
    const isOver = (await Promise.race([call.status, Promise.resolve()])) !== undefined;
    if (!isRpcError(error) || !isOver) throw error;
  }
}
