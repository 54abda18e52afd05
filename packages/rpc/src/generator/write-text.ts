/** The function that encodes one message, in one pass over its fields in the order of their numbers. */
import { UNKNOWN_FIELDS } from "../codec/generated-message.ts";
import type { FieldPlan, ValueType } from "./field-plan.ts";
import type { ModuleNames } from "./module-names.ts";
import { notDefaultText, wireType, writeText } from "./value-text.ts";

export function writeFunction(
  name: string,
  fullName: string,
  plans: readonly FieldPlan[],
  names: ModuleNames,
  unknownFields: boolean,
): string {
  const message = names.typed(() => `${names.runtimeType("MessageInit")}<${name}>`);
  const number = names.typed(() => "number");
  const body = plans.map((plan) => fieldText(plan, `${fullName}.${plan.protoName}`, names)).join("");
  const unknown = unknownFields
    ? `  p = ${names.runtime("writeUnknown")}(b, p, m.${UNKNOWN_FIELDS}, ${JSON.stringify(`${fullName}.${UNKNOWN_FIELDS}`)});\n`
    : "";
  // Users may forbid unused parameters.
  const buffer = body === "" && unknown === "" ? "_b" : "b";
  return `function write$${name}(m${message}, ${buffer}${names.typed(() => "Buffer")}, position${number})${number} {
  ${names.runtime("checkMessage")}(m, "${fullName}");
  let p = position;
${body}${unknown}  return p;
}
`;
}

function fieldText(plan: FieldPlan, path: string, names: ModuleNames): string {
  const variable = `$${plan.number}`;
  if (plan.oneof !== undefined) {
    // Fields of a oneof need not stand next to each other.
    return `  if (m.${plan.oneof}?.case === "${plan.name}") {
    const ${variable} = m.${plan.oneof}.value;
    ${one(plan, variable, path, names)}
  }
`;
  }
  const head = `  const ${variable} = m.${plan.name};\n`;
  if (plan.shape === "map") return head + mapText(plan, variable, path, names);
  if (plan.shape === "list") return head + listText(plan, variable, path, names);
  const always = plan.optional || plan.value.kind === "message";
  const condition = `${variable} != null${always ? "" : ` && ${notDefaultText(plan.value, variable)}`}`;
  return `${head}  if (${condition}) { ${one(plan, variable, path, names)} }\n`;
}

function one(plan: FieldPlan, variable: string, path: string, names: ModuleNames): string {
  return `${tagText(plan.number, wireType(plan.value))} ${writeText(plan.value, variable, path, names)}`;
}

function listText(plan: FieldPlan, variable: string, path: string, names: ModuleNames): string {
  const check = `${names.runtime("checkList")}(${variable}, ${JSON.stringify(path)});`;
  if (plan.packed && isPackable(plan.value)) {
    return `  if (${variable} != null) {
    ${check}
    if (${variable}.length !== 0) {
      ${tagText(plan.number, 2)}
      const start = ++p;
      for (const v of ${variable}) ${writeText(plan.value, "v", path, names)}
      p = ${names.runtime("writeLength")}(b, start, p);
    }
  }
`;
  }
  return `  if (${variable} != null) {
    ${check}
    for (const v of ${variable}) { ${one(plan, "v", path, names)} }
  }
`;
}

export function isPackable(value: ValueType): boolean {
  return wireType(value) !== 2;
}

function mapText(plan: FieldPlan, variable: string, path: string, names: ModuleNames): string {
  const key: ValueType = { kind: "scalar", scalar: plan.key, int64: undefined };
  const write =
    plan.key === "string"
      ? writeText(key, "k", path, names)
      : `p = ${names.runtime("writeMapKey")}(b, p, "${plan.key}", k, ${JSON.stringify(path)});`;
  return `  if (${variable} != null) {
    for (const k of ${names.runtime("mapKeys")}(${variable}, ${JSON.stringify(path)})) {
      const v = ${variable}[k];
      if (v == null) continue;
      ${tagText(plan.number, 2)}
      const entry = ++p;
      ${tagText(1, wireType(key))} ${write}
      ${tagText(2, wireType(plan.value))} ${writeText(plan.value, "v", path, names)}
      p = ${names.runtime("writeLength")}(b, entry, p);
    }
  }
`;
}

/** The tag is known: its bytes are written as they are. */
function tagText(number: number, type: number): string {
  const bytes: string[] = [];
  let rest = number * 8 + type;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push(`b[p++] = ${(rest % 128) + 128};`);
  bytes.push(`b[p++] = ${rest};`);
  return bytes.join(" ");
}
