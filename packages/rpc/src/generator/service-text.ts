import type { Service, Type } from "protobufjs";
import { commentText } from "./comment-text.ts";
import { DESCRIPTOR_NAME, type ModuleNames } from "./module-names.ts";
import { typeName } from "./names.ts";
import { type ProtoFile, pathOf } from "./proto-files.ts";
import { isIdempotent, kindOf, methodKeys } from "./service-methods.ts";

export function serviceText(declaration: Service, file: ProtoFile, names: ModuleNames): string {
  const name = typeName(pathOf(declaration));
  const types: string[] = [];
  const values: string[] = [];
  for (const [key, method] of methodKeys(declaration, file)) {
    const request = names.of(method.resolvedRequestType as Type);
    const response = names.of(method.resolvedResponseType as Type);
    const comment = commentText(method.comment, { indent: "  ", deprecated: method.options?.deprecated === true });
    if (names.format !== "js") {
      const type = `${names.runtimeType("Method")}<"${kindOf(method)}", ${request}, ${response}>`;
      types.push(`${comment}  readonly ${key}: ${type};\n`);
    }
    const idempotent = isIdempotent(method) ? ", idempotent: true" : "";
    values.push(
      `  ${key}: { name: "${method.name}", kind: "${kindOf(method)}", request: ${request}, response: ${response}${idempotent} },\n`,
    );
  }
  const comment = commentText(declaration.comment, { deprecated: declaration.options?.deprecated === true });
  const typed = names.typed(() => `${names.runtimeType("Service")}<{\n${types.join("")}}>`);
  if (names.format === "d.ts") return `${comment}export declare const ${name}${typed};\n`;
  return `${comment}export const ${name}${typed} = ${names.runtime("service")}("${declaration.fullName.slice(1)}", {
${values.join("")}}, ${DESCRIPTOR_NAME});
`;
}
