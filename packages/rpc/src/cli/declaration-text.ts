/** Declarations as text that reads as a proto file does, with full names. */
import { Enum, type Field, MapField, type Method, type OneOf, type ReflectionObject, Service, Type } from "protobufjs";
import { jsonNameOf } from "../generator/names.ts";
import { type Declaration, nameOf } from "./schema.ts";

/** Ends in a newline. */
export function declarationText(declaration: Declaration): string {
  return `${linesOf(declaration, nameOf(declaration)).join("\n")}\n`;
}

function linesOf(declaration: Declaration, name: string): string[] {
  if (declaration instanceof Service) return serviceLines(declaration, name);
  if (declaration instanceof Type) return messageLines(declaration, name);
  if (declaration instanceof Enum) return enumLines(declaration, name);
  return methodLines(declaration, name);
}

function serviceLines(service: Service, name: string): string[] {
  const methods = service.methodsArray.flatMap((method) => methodLines(method, method.name));
  return [...commentLines(service.comment), ...block(`service ${name}`, [...deprecation(service), ...methods])];
}

function methodLines(method: Method, name: string): string[] {
  const { requestStream, responseStream, requestType, responseType, options } = method;
  const request = `${requestStream ? "stream " : ""}${typeName(method.resolvedRequestType, requestType)}`;
  const response = `${responseStream ? "stream " : ""}${typeName(method.resolvedResponseType, responseType)}`;
  const level: unknown = options?.idempotency_level;
  const settings = [
    ...(typeof level === "string" ? [`option idempotency_level = ${level};`] : []),
    ...deprecation(method),
  ];
  const head = `rpc ${name}(${request}) returns (${response})`;
  return [...commentLines(method.comment), ...(settings.length === 0 ? [`${head};`] : block(head, settings))];
}

function messageLines(type: Type, name: string): string[] {
  const lines = deprecation(type);
  const begun = new Set<OneOf>();
  for (const field of type.fieldsArray) {
    const { partOf } = field;
    if (partOf === null || partOf.isProto3Optional) lines.push(...fieldLines(field));
    else if (!begun.has(partOf)) {
      begun.add(partOf);
      const fields = partOf.fieldsArray.flatMap((each) => fieldLines(each));
      lines.push(...commentLines(partOf.comment), ...block(`oneof ${partOf.name}`, fields));
    }
  }
  lines.push(...reservedLines(type.reserved));
  for (const nested of type.nestedArray)
    if (nested instanceof Type || nested instanceof Enum) lines.push(...linesOf(nested, nested.name));
  return [...commentLines(type.comment), ...block(`message ${name}`, lines)];
}

function fieldLines(field: Field): string[] {
  const options = (field.options ?? {}) as Readonly<Record<string, unknown>>;
  const { json_name: jsonName } = options;
  const settings = ["packed", "deprecated", "jstype"]
    .filter((key) => options[key] !== undefined)
    .map((key) => `${key} = ${String(options[key])}`);
  if (typeof jsonName === "string" && jsonName !== jsonNameOf(field.name))
    settings.push(`json_name = ${JSON.stringify(jsonName)}`);
  const inBrackets = settings.length === 0 ? "" : ` [${settings.join(", ")}]`;
  return [...commentLines(field.comment), `${fieldType(field)} ${field.name} = ${field.id}${inBrackets};`];
}

/** `repeated string`, `map<string, pkg.Room>`. */
export function fieldType(field: Field): string {
  const type = typeName(field.resolvedType, field.type);
  if (field instanceof MapField) return `map<${field.keyType}, ${type}>`;
  if (field.repeated) return `repeated ${type}`;
  return field.partOf?.isProto3Optional === true ? `optional ${type}` : type;
}

function enumLines(declaration: Enum, name: string): string[] {
  const numbers = Object.values(declaration.values);
  const comments = declaration.comments as Readonly<Record<string, string | null>>;
  const lines = deprecation(declaration);
  if (new Set(numbers).size < numbers.length) lines.push("option allow_alias = true;");
  for (const [value, number] of Object.entries(declaration.values))
    lines.push(...commentLines(comments[value]), `${value} = ${number};`);
  lines.push(...reservedLines(declaration.reserved));
  return [...commentLines(declaration.comment), ...block(`enum ${name}`, lines)];
}

function reservedLines(reserved: readonly (string | readonly number[])[] | undefined): string[] {
  const names = (reserved ?? []).filter((each) => typeof each === "string").map((each) => JSON.stringify(each));
  const ranges = (reserved ?? [])
    .filter((each) => typeof each !== "string")
    .map(([start = 0, end = start]) => (start === end ? `${start}` : `${start} to ${end}`));
  return [ranges, names].flatMap((each) => (each.length === 0 ? [] : [`reserved ${each.join(", ")};`]));
}

function typeName(resolved: ReflectionObject | null, written: string): string {
  return resolved === null ? written : nameOf(resolved);
}

function deprecation({ options }: ReflectionObject): string[] {
  return options?.deprecated === true ? ["option deprecated = true;"] : [];
}

function commentLines(comment: string | null | undefined): string[] {
  const text = (comment ?? "").trim();
  return text === "" ? [] : text.split("\n").map((line) => `// ${line}`.trimEnd());
}

function block(head: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [`${head} {}`] : [`${head} {`, ...lines.map((line) => `  ${line}`), "}"];
}
