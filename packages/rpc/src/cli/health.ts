/** `servertech-rpc health`: asks the standard health service. */
import type { Channel } from "../client/channel.ts";
import { createClient } from "../client/client.ts";
import { Health, HealthCheckResponse_ServingStatus } from "../gen/health.ts";
import { isRpcError, rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import { readArguments, takePositionals } from "./arguments.ts";
import {
  CONNECTION_HELP,
  CONNECTION_OPTIONS,
  type ConnectionSettings,
  TARGET_HELP,
  readConnection,
  withChannel,
} from "./connection.ts";
import type { Terminal } from "./terminal.ts";

export const help: string = `servertech-rpc health <target> [service] [options]

Asks whether the server, or one of its services, takes calls. Exit code 0 = SERVING, 1 = anything else.
${TARGET_HELP}
      --watch                  print each change until the server closes, or Ctrl-C${CONNECTION_HELP}`;

const OPTIONS = { watch: { type: "boolean", default: false }, ...CONNECTION_OPTIONS } as const;

const { SERVING } = HealthCheckResponse_ServingStatus;
const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(HealthCheckResponse_ServingStatus).map(([name, number]) => [number, name]),
);

export async function run(args: readonly string[], terminal: Terminal): Promise<0 | 1> {
  const { values, positionals } = readArguments("health", args, OPTIONS);
  takePositionals("health", positionals, ["target"], ["service"]);
  const [target = "", service = ""] = positionals;
  const settings = await readConnection("health", values);
  return withChannel(terminal, target, settings, async (channel) => {
    try {
      return await ask(terminal, channel, service, values.watch, settings);
    } catch (error) {
      if (!isRpcError(error) || error.status !== Status.Unimplemented) throw error;
      throw rpcError(Status.Unimplemented, `${target} has no health service`, { cause: error });
    }
  });
}

async function ask(
  terminal: Terminal,
  channel: Channel,
  service: string,
  watch: boolean,
  { timeoutMs }: ConnectionSettings,
): Promise<0 | 1> {
  const client = createClient(Health, channel);
  const options = { signal: terminal.signal, ...(timeoutMs !== undefined && { timeoutMs }) };
  let last: number | undefined;
  const changes = watch ? client.watch({ service }, options) : [await client.check({ service }, options)];
  for await (const { status } of changes) {
    last = status;
    const name = NAMES.get(status) ?? `UNKNOWN (${status})`;
    if (terminal.json) await terminal.result({ service, status: name });
    else await terminal.out.write(`${terminal.out.paint(status === SERVING ? "green" : "red", name)}\n`);
  }
  return last === SERVING ? 0 : 1;
}
