import type { Method, Service, Type } from "protobufjs";
import { commentText } from "./comment-text.ts";
import type { ModuleNames } from "./module-names.ts";
import { methodKey, typeName } from "./names.ts";
import { ProtoError } from "./proto-error.ts";
import { type ProtoFile, pathOf } from "./proto-files.ts";

export function serviceText(declaration: Service, file: ProtoFile, names: ModuleNames): string {
  const name = typeName(pathOf(declaration));
  const types: string[] = [];
  const values: string[] = [];
  const keys = new Map<string, string>();
  for (const method of declaration.methodsArray) {
    const key = methodKey(method.name);
    const same = keys.get(key);
    if (same !== undefined) {
      const line = file.lines.lineOfPath([...pathOf(declaration), method.name]);
      throw new ProtoError(file.file, line, `rpc ${method.name} has the same name in TypeScript as ${same}`);
    }
    keys.set(key, method.name);
    const request = names.of(method.resolvedRequestType as Type);
    const response = names.of(method.resolvedResponseType as Type);
    const comment = commentText(method.comment, { indent: "  ", deprecated: method.options?.deprecated === true });
    types.push(
      `${comment}  readonly ${key}: ${names.runtimeType("Method")}<"${kindOf(method)}", ${request}, ${response}>;\n`,
    );
    const idempotent = isIdempotent(method) ? ", idempotent: true" : "";
    values.push(
      `  ${key}: { name: "${method.name}", kind: "${kindOf(method)}", request: ${request}, response: ${response}${idempotent} },\n`,
    );
  }
  const comment = commentText(declaration.comment, { deprecated: declaration.options?.deprecated === true });
  return `${comment}export const ${name}: ${names.runtimeType("Service")}<{
${types.join("")}}> = ${names.runtime("service")}("${declaration.fullName.slice(1)}", {
${values.join("")}});
`;
}

function kindOf({ requestStream, responseStream }: Method): string {
  if (requestStream) return responseStream ? "bidi" : "clientStream";
  return responseStream ? "serverStream" : "unary";
}

function isIdempotent({ options }: Method): boolean {
  const level: unknown = options?.idempotency_level;
  return level === "IDEMPOTENT" || level === "NO_SIDE_EFFECTS";
}
