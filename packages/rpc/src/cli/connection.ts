/** How the commands that talk to a server reach it. */
import type { ConnectionOptions } from "node:tls";
import { type Channel, createChannel } from "../client/channel.ts";
import { parseAddress } from "../resolvers/address.ts";
import { isRpcError, rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { readArgumentFile, readNumber } from "./arguments.ts";
import { causesOf } from "./error-report.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

export const CONNECTION_OPTIONS = {
  ca: { type: "string" },
  cert: { type: "string" },
  key: { type: "string" },
  servername: { type: "string" },
  tls: { type: "boolean", default: false },
  plain: { type: "boolean", default: false },
  "timeout-ms": { type: "string" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

export const TARGET_HELP = `A target is host:port, tcp://host:port, unix:///path, dns:///name:port, srv://_service._tcp.name,
static:host:port,host:port, file:./endpoints.json or zk://host:port,host:port/base/service.
`;

export const CONNECTION_HELP = `
      --tls                    TLS, with the system's certificate authorities
      --ca <file>              TLS, with these certificate authorities (PEM)
      --cert, --key <file>     TLS, with this certificate of the client (PEM)
      --servername <name>      TLS, and the name that the server's certificate must have
      --plain                  plain ttrpc: none of the extensions is offered
      --timeout-ms <ms>        deadline of each call; 0 = none (default: 10000 for unary calls, else none)
      --json                   one JSON object a result on stdout; errors as JSON on stderr
  -h, --help                   this text
`;

/** What parsed {@link CONNECTION_OPTIONS} hold. */
export interface ConnectionValues {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly servername?: string | undefined;
  readonly tls: boolean;
  readonly plain: boolean;
  readonly "timeout-ms"?: string | undefined;
}

export interface ConnectionSettings {
  /** Undefined = what the client does without. */
  readonly timeoutMs: number | undefined;
  readonly plain: boolean;
  readonly tls: ConnectionOptions | undefined;
}

const MAX_TIMEOUT_MS = 2 ** 31 - 1;
/** Longest time to find a server and to connect to it. */
const CONNECT_TIMEOUT_MS = 2_000;
const MIN_CONNECT_TIMEOUT_MS = 10;
const CLOSE_TIMEOUT_MS = 500;
const MAX_MESSAGE_BYTES = 64 << 20;

/** @throws {@link UsageError} */
export async function readConnection(command: string, values: ConnectionValues): Promise<ConnectionSettings> {
  const { servername, plain, "timeout-ms": timeout } = values;
  if ((values.cert === undefined) !== (values.key === undefined))
    throw new UsageError(`${command}: --cert and --key belong together`, command);
  const timeoutMs =
    timeout === undefined ? undefined : readNumber(command, "timeout-ms", timeout, { min: 0, max: MAX_TIMEOUT_MS });
  const [ca, cert, key] = await Promise.all(
    (["ca", "cert", "key"] as const).map(async (name) => {
      const path = values[name];
      return path === undefined ? undefined : readArgumentFile(command, name, path);
    }),
  );
  const given = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(servername !== undefined && { servername }),
  };
  return { timeoutMs, plain, tls: values.tls || Object.keys(given).length > 0 ? given : undefined };
}

/**
 * Connects to a target, runs `use` and closes the connection, whatever happens.
 *
 * @throws RpcError UNAVAILABLE when the target cannot be reached within 2 s, or within a shorter `--timeout-ms`.
 * @throws {@link OptionError} for what is no target.
 */
export async function withChannel<T>(
  terminal: Terminal,
  target: string,
  settings: ConnectionSettings,
  use: (channel: Channel) => Promise<T>,
): Promise<T> {
  const channel = openChannel(target, settings);
  try {
    await connect(channel, target, settings, terminal.signal);
    return await use(channel);
  } finally {
    await channel.close({ timeoutMs: CLOSE_TIMEOUT_MS });
  }
}

function openChannel(target: string, settings: ConnectionSettings): Channel {
  const { plain, timeoutMs, tls } = settings;
  return createChannel({
    target: parseAddress(target) === undefined ? target : `tcp://${target}`,
    connectTimeoutMs: connectTimeoutMs(settings),
    maxMessageBytes: MAX_MESSAGE_BYTES,
    extensions: !plain,
    // What happened first is what the user wants to see.
    retry: false,
    outlier: false,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(tls !== undefined && { tls }),
  });
}

async function connect(
  channel: Channel,
  target: string,
  settings: ConnectionSettings,
  signal: AbortSignal,
): Promise<void> {
  const timeoutMs = connectTimeoutMs(settings);
  try {
    await channel.ready({ timeoutMs, signal });
  } catch (error) {
    if (!isRpcError(error)) throw error;
    const reasons = causesOf(error, "");
    const text = [`${target} cannot be reached within ${timeoutMs} ms`, ...reasons].join(": ");
    throw rpcError(Status.Unavailable, text, { retryable: true });
  }
}

function connectTimeoutMs({ timeoutMs = 0 }: ConnectionSettings): number {
  if (timeoutMs === 0) return CONNECT_TIMEOUT_MS;
  return Math.min(CONNECT_TIMEOUT_MS, Math.max(MIN_CONNECT_TIMEOUT_MS, timeoutMs));
}
