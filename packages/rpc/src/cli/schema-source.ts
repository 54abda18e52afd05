/** Where a command learns of services: `--proto`, or else the server's reflection. */
import { nearestName } from "@servertech/core";
import type { Channel } from "../client/channel.ts";
import { readArguments, takePositionals } from "./arguments.ts";
import { CONNECTION_OPTIONS, type ConnectionSettings, readConnection, withChannel } from "./connection.ts";
import { ReflectedSchema } from "./reflected-schema.ts";
import { type CallableMethod, type Schema, fileSchema, methodsOf } from "./schema.ts";
import type { Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

export const SCHEMA_OPTIONS = {
  proto: { type: "string" },
  include: { type: "string", short: "I", multiple: true },
} as const;

export const SCHEMA_HELP = `
      --proto <file>           the proto file that declares it (default: the server is asked by reflection)
  -I, --include <dir>          where imports are looked for; may be given more than once`;

interface SchemaValues {
  readonly proto?: string | undefined;
  readonly include?: readonly string[] | undefined;
}

/** Of one question by reflection. */
const REFLECTION_TIMEOUT_MS = 10_000;

/**
 * Runs a command that looks at what is declared: its arguments are `<target> [name]`, or `--proto <file> [name]`.
 *
 * @param what the name in errors.
 * @throws {@link UsageError}
 */
export async function withSchema(
  command: string,
  args: readonly string[],
  what: string,
  terminal: Terminal,
  use: (schema: Schema, name: string | undefined) => Promise<void>,
): Promise<0> {
  const { values, positionals } = readArguments(command, args, { ...SCHEMA_OPTIONS, ...CONNECTION_OPTIONS });
  const settings = await readConnection(command, values);
  if (values.proto !== undefined) {
    takePositionals(command, positionals, [], [what]);
    await use(await fileSchema(values.proto, values.include ?? []), positionals[0]);
    return 0;
  }
  takePositionals(command, positionals, ["target"], [what]);
  const [target = "", name] = positionals;
  await withChannel(terminal, target, settings, async (channel) =>
    use(await schemaOf(terminal, target, channel, settings, values), name),
  );
  return 0;
}

export function schemaOf(
  terminal: Terminal,
  target: string,
  channel: Channel,
  { timeoutMs = REFLECTION_TIMEOUT_MS }: ConnectionSettings,
  { proto, include = [] }: SchemaValues,
): Promise<Schema> {
  if (proto !== undefined) return fileSchema(proto, include);
  return Promise.resolve(new ReflectedSchema(channel, { target, timeoutMs, signal: terminal.signal }));
}

export interface MethodName {
  readonly service: string;
  readonly method: string;
}

/** `pkg.Service/Method`, or with a dot. @throws {@link UsageError} */
export function readMethodName(command: string, text: string): MethodName {
  const match = /^\/?([\w.]*\w)[/.](\w+)$/.exec(text);
  const [, service, method] = match ?? [];
  if (service !== undefined && method !== undefined) return { service, method };
  throw new UsageError(`${command}: a method is pkg.Service/Method, not ${JSON.stringify(text)}`, command);
}

/** @throws {@link UsageError} that says what there is, when there is no such method. */
export async function findMethod(
  command: string,
  schema: Schema,
  { service, method }: MethodName,
): Promise<CallableMethod> {
  const files = await schema.filesOf(service);
  if (files === undefined) throw await noSuchService(command, schema, service);
  const methods = methodsOf(files, service);
  const found = methods.find(({ name }) => name === method);
  if (found !== undefined) return found;
  const names = methods.map(({ name }) => name);
  throw new UsageError(`${command}: ${service} has no method ${method}${suggestion(method, names)}`, command);
}

/** What to say of a service that `schema` does not have. */
export async function noSuchService(
  command: string,
  schema: Schema,
  service: string,
  what = "service",
): Promise<UsageError> {
  const names = await schema.services();
  const text = names.includes(service)
    ? `${schema.source} does not give the proto file of ${service}: name it with --proto`
    : `${schema.source} has no ${what} ${service}${suggestion(service, names)}`;
  return new UsageError(`${command}: ${text}`, command);
}

function suggestion(typed: string, names: readonly string[]): string {
  const meant = nearestName(typed, names);
  if (meant !== undefined) return `; did you mean ${meant}?`;
  return names.length === 0 ? "" : `; it has ${names.join(", ")}`;
}
