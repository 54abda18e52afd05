/** `servertech-rpc bench`: how many calls a second a server answers, and how fast. */
import type { Channel } from "../client/channel.ts";
import { createClient } from "../client/client.ts";
import type { CallOptions } from "../client/options.ts";
import type { BidiStream, ClientStream, RequestSink, ServerStream, StreamEnd } from "../client/stream-call.ts";
import type { Codec } from "../codec/message-type.ts";
import { rpcError } from "../rpc-error.ts";
import { takesStream } from "../server/handlers.ts";
import { Status } from "../status.ts";
import { AnyTypes } from "./any-types.ts";
import { readArguments, readHeaders, readNumber, takePositionals } from "./arguments.ts";
import { benchJson, benchText } from "./bench-report.ts";
import { CONNECTION_HELP, CONNECTION_OPTIONS, TARGET_HELP, readConnection, withChannel } from "./connection.ts";
import { makeLoad } from "./load.ts";
import { RequestReader, readData } from "./request-messages.ts";
import type { CallableMethod } from "./schema.ts";
import { SCHEMA_HELP, SCHEMA_OPTIONS, findMethod, readMethodName, schemaOf } from "./schema-source.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

export const help: string = `servertech-rpc bench <target> <pkg.Service/Method> [options]

Makes the same call again and again and measures requests a second, latency and the CPU time of this process. The request
is encoded once and replies are not decoded: what is measured is the server. A call of a stream is one whole stream.
Exit code 1 when no call was answered.
${TARGET_HELP}
  -c, --concurrency <n>        calls in flight at a time, 1 to 10000 (default: 10)
  -d, --duration <s>           seconds of measurement, 0.1 to 86400 (default: 10)
      --warmup <s>             seconds before the measurement, 0 to 3600 (default: 1)
      --rate <n>               calls begun a second, up to 1000000; latency then counts from when a call was due
                               (default: as fast as they are answered)
      --data <json>            the request: JSON or @file; one message a line when the method takes a stream
  -H, --header <key:value>     metadata of each call; may be given more than once${SCHEMA_HELP}${CONNECTION_HELP}`;

const OPTIONS = {
  concurrency: { type: "string", short: "c", default: "10" },
  duration: { type: "string", short: "d", default: "10" },
  warmup: { type: "string", default: "1" },
  rate: { type: "string" },
  data: { type: "string", default: "" },
  header: { type: "string", short: "H", multiple: true },
  ...SCHEMA_OPTIONS,
  ...CONNECTION_OPTIONS,
} as const;

export async function run(args: readonly string[], terminal: Terminal): Promise<0 | 1> {
  const { values, positionals } = readArguments("bench", args, OPTIONS);
  takePositionals("bench", positionals, ["target", "pkg.Service/Method"]);
  const [target = "", name = ""] = positionals;
  const methodName = readMethodName("bench", name);
  const metadata = readHeaders("bench", values.header ?? []);
  const concurrency = readNumber("bench", "concurrency", values.concurrency, { min: 1, max: 10_000 });
  const durationS = readNumber("bench", "duration", values.duration, { min: 0.1, max: 86_400, integer: false });
  const warmUpS = readNumber("bench", "warmup", values.warmup, { min: 0, max: 3_600, integer: false });
  const rate =
    values.rate === undefined ? 0 : readNumber("bench", "rate", values.rate, { min: 0.1, max: 1e6, integer: false });
  if (values.data === "-") throw new UsageError("bench: --data is JSON or @file, not -", "bench");
  const settings = await readConnection("bench", values);
  const data = await readData("bench", values.data, terminal.stdin);
  const { signal, err, json } = terminal;
  return withChannel(terminal, target, settings, async (channel) => {
    const schema = await schemaOf(terminal, target, channel, settings, values);
    const method = await findMethod("bench", schema, methodName);
    const requests = await encodedRequests(
      method,
      new RequestReader("bench", method.request, new AnyTypes(schema)),
      data,
    );
    const { timeoutMs } = settings;
    const options = { metadata, ...(timeoutMs !== undefined && { timeoutMs }) };
    const showsProgress = err.isTerminal && !json;
    const result = await makeLoad(callOf(channel, method, requests, options), {
      concurrency,
      durationMs: durationS * 1_000,
      warmUpMs: warmUpS * 1_000,
      rate,
      signal,
      tick: (perSecond, failed) => {
        // What it shows is for the moment: nobody waits for it.
        if (showsProgress) err.write(`\r${perSecond} req/s, ${failed} failed\u001B[K`).catch(() => {});
      },
    });
    if (showsProgress) await err.write("\r\u001B[K");
    const subject = { method: `${method.service}/${method.name}`, target, concurrency };
    // Also when the user has stopped it: what was measured until then.
    const text = json ? `${JSON.stringify(benchJson(subject, result))}\n` : benchText(subject, result);
    await terminal.out.writeAnyway(text);
    signal.throwIfAborted();
    return result.ok === 0 ? 1 : 0;
  });
}

async function encodedRequests(
  { kind, request }: CallableMethod,
  reader: RequestReader,
  data: Awaited<ReturnType<typeof readData>>,
): Promise<readonly Uint8Array[]> {
  if (!takesStream(kind)) return [request.encode(await reader.one(data))];
  const requests: Uint8Array[] = [];
  for await (const each of reader.each(data)) requests.push(request.encode(each));
  return requests;
}

/** Bytes as they are. */
const BYTES: Codec<Uint8Array> = { encode: (bytes) => bytes, decode: (bytes) => bytes };

/** One whole call, of any kind. */
function callOf(
  channel: Channel,
  { service, name, kind, idempotent }: CallableMethod,
  requests: readonly Uint8Array[],
  options: CallOptions,
): () => Promise<unknown> {
  const method = { name, kind, idempotent, request: BYTES, response: BYTES };
  const client: { readonly start: unknown } = createClient({ name: service, methods: { start: method } }, channel);
  const [request = new Uint8Array()] = requests;
  if (kind === "unary") {
    const start = client.start as (message: Uint8Array, options: CallOptions) => Promise<Uint8Array>;
    return () => start(request, options);
  }
  if (kind === "serverStream") {
    const start = client.start as (message: Uint8Array, options: CallOptions) => ServerStream<Uint8Array>;
    return () => readAll(start(request, options));
  }
  if (kind === "clientStream") {
    const start = client.start as (options: CallOptions) => ClientStream<Uint8Array, Uint8Array>;
    return async () => {
      const call = start(options);
      await sendAll(call, requests);
      await call.end();
    };
  }
  const start = client.start as (options: CallOptions) => BidiStream<Uint8Array, Uint8Array>;
  return async () => {
    const call = start(options);
    const sending = sendAll(call, requests).then(() => call.end());
    // The reader, or the status, says that the call failed.
    sending.catch(() => {});
    await readAll(call);
  };
}

/** Ends the call when a message cannot be sent. */
async function sendAll(call: RequestSink<Uint8Array> & StreamEnd, requests: readonly Uint8Array[]): Promise<void> {
  try {
    for (const each of requests) await call.send(each);
  } catch (error) {
    call.cancel();
    throw error;
  }
}

/** @throws RpcError when it ends with another status than OK. */
async function readAll(replies: AsyncIterableIterator<unknown> & StreamEnd): Promise<void> {
  while ((await replies.next()).done !== true);
  const { status, message } = await replies.status;
  if (status !== Status.Ok) throw rpcError(status, message);
}
