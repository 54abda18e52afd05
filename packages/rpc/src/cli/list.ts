/** `servertech-rpc list`: which services there are, and which methods a service has. */
import { CONNECTION_HELP, TARGET_HELP } from "./connection.ts";
import { type Schema, methodsOf } from "./schema.ts";
import { SCHEMA_HELP, noSuchService, withSchema } from "./schema-source.ts";
import type { Terminal } from "./terminal.ts";

export const help: string = `servertech-rpc list <target> [service] [options]
servertech-rpc list --proto <file> [service] [options]

Prints the names of the services, or of the methods of one service, one a line.
${TARGET_HELP}${SCHEMA_HELP}${CONNECTION_HELP}`;

export function run(args: readonly string[], terminal: Terminal): Promise<0> {
  return withSchema("list", args, "service", terminal, (schema, service) => print(terminal, schema, service));
}

async function print(terminal: Terminal, schema: Schema, service: string | undefined): Promise<void> {
  if (service === undefined) {
    for (const name of await schema.services())
      await (terminal.json ? terminal.result({ service: name }) : terminal.out.write(`${name}\n`));
    return;
  }
  const files = await schema.filesOf(service);
  const isService = files?.some((file) => file.services.some((each) => each.fullName === `.${service}`)) === true;
  if (files === undefined || !isService) throw await noSuchService("list", schema, service);
  for (const { name, kind, request, response } of methodsOf(files, service)) {
    const method = `${service}/${name}`;
    if (terminal.json) await terminal.result({ method, kind, request: request.typeName, response: response.typeName });
    else await terminal.out.write(`${method}\n`);
  }
}
