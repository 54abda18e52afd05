/** `servertech-rpc describe`: services, methods, messages and enums as they are declared. */
import { Method } from "protobufjs";
import { CONNECTION_HELP, TARGET_HELP } from "./connection.ts";
import { declarationJson } from "./declaration-json.ts";
import { declarationText } from "./declaration-text.ts";
import { type Declaration, type Schema, declarationOf } from "./schema.ts";
import { SCHEMA_HELP, noSuchService, withSchema } from "./schema-source.ts";
import type { Terminal } from "./terminal.ts";

export const help: string = `servertech-rpc describe <target> [symbol] [options]
servertech-rpc describe --proto <file> [symbol] [options]

Prints how a service, a method (with its messages), a message or an enum is declared; without a symbol, all services.
${TARGET_HELP}${SCHEMA_HELP}${CONNECTION_HELP}`;

export function run(args: readonly string[], terminal: Terminal): Promise<0> {
  return withSchema("describe", args, "symbol", terminal, (schema, symbol) => print(terminal, schema, symbol));
}

async function print(terminal: Terminal, schema: Schema, symbol: string | undefined): Promise<void> {
  const symbols = symbol === undefined ? await schema.services() : [symbol.replace(/^[./]/, "").replace("/", ".")];
  let isFirst = true;
  for (const each of symbols) {
    const files = await schema.filesOf(each);
    const declaration = files === undefined ? undefined : declarationOf(files, each);
    if (declaration !== undefined)
      for (const part of withMessages(declaration)) {
        await show(terminal, part, isFirst);
        isFirst = false;
      }
    else if (symbol !== undefined) throw await noSuchService("describe", schema, each, "symbol");
    // A service without a proto file is listed and cannot be described.
    else if (terminal.json) await terminal.result({ declares: "service", name: each });
    else await terminal.out.write(`${isFirst ? "" : "\n"}// The server does not give the proto file of ${each}.\n`);
    isFirst = false;
  }
}

function withMessages(declaration: Declaration): readonly Declaration[] {
  if (!(declaration instanceof Method)) return [declaration];
  const { resolvedRequestType: request, resolvedResponseType: response } = declaration;
  return [...new Set([declaration, request, response])].filter((each) => each !== null);
}

async function show(terminal: Terminal, declaration: Declaration, isFirst: boolean): Promise<void> {
  if (terminal.json) return terminal.result(declarationJson(declaration));
  const { out } = terminal;
  const text = declarationText(declaration)
    .replaceAll(/^( *)(\/\/.*)$/gm, (_, space: string, comment: string) => space + out.paint("dim", comment))
    .replaceAll(
      /^( *)(service|message|enum|rpc|oneof)\b/gm,
      (_, space: string, word: string) => space + out.paint("bold", word),
    );
  await out.write(`${isFirst ? "" : "\n"}${text}`);
}
