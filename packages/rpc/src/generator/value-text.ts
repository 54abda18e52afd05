/** How one value of a field is typed, defaulted, written and read in generated code. */
import { scalarOf } from "../codec/scalars.ts";
import type { ValueType } from "./field-plan.ts";
import type { ModuleNames } from "./module-names.ts";

export function wireType(value: ValueType): number {
  if (value.kind === "scalar") return scalarOf(value.scalar).wireType;
  return value.kind === "enum" ? 0 : 2;
}

export function typeText(value: ValueType, names: ModuleNames): string {
  if (value.kind !== "scalar") return names.of(value.declaration);
  if (value.scalar === "string") return "string";
  if (value.scalar === "bool") return "boolean";
  if (value.scalar === "bytes") return "Uint8Array";
  return value.int64 ?? "number";
}

/** The default of what is not a message. */
export function defaultText(value: ValueType): string {
  if (value.kind !== "scalar") return "0";
  if (value.scalar === "string") return '""';
  if (value.scalar === "bool") return "false";
  if (value.scalar === "bytes") return "new Uint8Array(0)";
  if (value.int64 === "string") return '"0"';
  return value.int64 === "bigint" ? "0n" : "0";
}

/** A condition: `variable` is not the default. */
export function notDefaultText(value: ValueType, variable: string): string {
  if (value.kind === "scalar") {
    if (value.scalar === "bytes") return `${variable}.length !== 0`;
    // -0 is not the default of a floating-point field.
    if (value.scalar === "float" || value.scalar === "double") return `!Object.is(${variable}, 0)`;
  }
  return `${variable} !== ${defaultText(value)}`;
}

/** A statement that writes what stands behind the tag. */
export function writeText(value: ValueType, variable: string, path: string, names: ModuleNames): string {
  if (value.kind === "message") {
    const write = names.isLocal(value.declaration)
      ? `write$${names.of(value.declaration)}`
      : `${names.of(value.declaration)}.writeTo`;
    const length = names.runtime("writeLength");
    return `{ const start = p + 1; p = ${length}(b, start, ${write}(${variable}, b, start)); }`;
  }
  const scalar = value.kind === "enum" ? "int32" : value.scalar;
  const form = value.kind === "scalar" ? value.int64 : undefined;
  const suffix = form === "number" ? "Number" : "";
  const name = names.runtime(`write${scalar[0]?.toUpperCase()}${scalar.slice(1)}${suffix}`);
  const field = JSON.stringify(path);
  const given = form === "string" ? `${names.runtime("bigintOf")}(${variable}, ${field})` : variable;
  return `p = ${name}(b, p, ${given}, ${field});`;
}

/** An expression that reads one scalar or enum. */
export function readText(value: ValueType, names: ModuleNames): string {
  if (value.kind === "enum") return names.format === "ts" ? `r.int32() as ${names.of(value.declaration)}` : "r.int32()";
  if (value.kind !== "scalar") throw new TypeError("a message is read in statements");
  const read = `r.${value.scalar}${value.int64 === "number" ? "Number" : ""}()`;
  return value.int64 === "string" ? `String(${read})` : read;
}

/** An empty message. */
export function emptyText(
  declaration: Extract<ValueType, { kind: "message" }>["declaration"],
  names: ModuleNames,
): string {
  return names.isLocal(declaration) ? `empty$${names.of(declaration)}()` : `${names.of(declaration)}.create()`;
}

export function readIntoText(
  declaration: Extract<ValueType, { kind: "message" }>["declaration"],
  target: string,
  names: ModuleNames,
): string {
  return names.isLocal(declaration)
    ? `read$${names.of(declaration)}(r, ${target})`
    : `${names.of(declaration)}.readFrom(r, ${target})`;
}
