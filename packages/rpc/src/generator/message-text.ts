/** The interface, the functions and the const of one message. */
import type { Type } from "protobufjs";
import { commentText } from "./comment-text.ts";
import { UNKNOWN_FIELDS } from "../codec/generated-message.ts";
import { type FieldPlan, type MessageOptions, fieldPlans } from "./field-plan.ts";
import type { ModuleNames } from "./module-names.ts";
import type { ProtoFile } from "./proto-files.ts";
import { readFunction } from "./read-text.ts";
import { defaultText, typeText } from "./value-text.ts";
import { writeFunction } from "./write-text.ts";

export function messageText(type: Type, file: ProtoFile, names: ModuleNames, options: MessageOptions): string {
  const plans = fieldPlans(type, file, options.int64);
  const name = names.of(type);
  const fullName = type.fullName.slice(1);
  const { unknownFields } = options;
  const comment = commentText(type.comment, { deprecated: type.options?.deprecated === true });
  const typed = names.typed(() => `${names.runtimeType("MessageType")}<${name}>`);
  const declared = () => comment + interfaceText(name, type, plans, names, unknownFields);
  if (names.format === "d.ts") return `${declared()}\nexport declare const ${name}${typed};\n`;
  const value = constText(name, fullName, plans, names, unknownFields);
  return [
    ...(names.format === "ts" ? [declared()] : []),
    `${names.format === "js" ? comment : ""}export const ${name}${typed} = ${value};\n`,
    emptyFunction(name, plans, names, unknownFields),
    writeFunction(name, fullName, plans, names, unknownFields),
    readFunction(name, plans, names, unknownFields),
  ].join("\n");
}

function interfaceText(
  name: string,
  type: Type,
  plans: readonly FieldPlan[],
  names: ModuleNames,
  unknownFields: boolean,
): string {
  const lines: string[] = [];
  for (const plan of plans) {
    if (plan.oneof !== undefined) continue;
    lines.push(commentText(plan.comment, { indent: "  ", deprecated: plan.deprecated }) + memberText(plan, names));
  }
  for (const [oneof, cases] of oneofs(plans)) {
    const declared = type.oneofsArray.find((each) =>
      each.fieldsArray.some((field) => field.name === cases[0]?.protoName),
    );
    const each = cases.map((plan) => {
      const comment = commentText(plan.comment, { indent: "    ", deprecated: plan.deprecated });
      return `${comment}    | { case: "${plan.name}"; value: ${typeText(plan.value, names)} }\n`;
    });
    const comment = commentText(declared?.comment, { indent: "  " });
    lines.push(`${comment}  ${oneof}:\n${each.join("")}    | { case: undefined; value?: undefined };\n`);
  }
  if (unknownFields) {
    lines.push(commentText(UNKNOWN_COMMENT, { indent: "  " }), `  ${UNKNOWN_FIELDS}?: Uint8Array[] | undefined;\n`);
  }
  return lines.length === 0 ? `export interface ${name} {}\n` : `export interface ${name} {\n${lines.join("")}}\n`;
}

const UNKNOWN_COMMENT =
  "Fields that the proto file does not have, as they came; they are written back. Views of what was decoded.";

function memberText(plan: FieldPlan, names: ModuleNames): string {
  const value = typeText(plan.value, names);
  if (plan.shape === "map") return `  ${plan.name}: Record<string, ${value}>;\n`;
  if (plan.shape === "list") return `  ${plan.name}: ${value}[];\n`;
  return mayBeAbsent(plan) ? `  ${plan.name}?: ${value} | undefined;\n` : `  ${plan.name}: ${value};\n`;
}

function mayBeAbsent(plan: FieldPlan): boolean {
  return plan.shape === "one" && (plan.optional || plan.value.kind === "message");
}

/** Each oneof's property with its cases. */
function oneofs(plans: readonly FieldPlan[]): Map<string, FieldPlan[]> {
  const groups = new Map<string, FieldPlan[]>();
  for (const plan of plans) {
    if (plan.oneof === undefined) continue;
    const group = groups.get(plan.oneof);
    if (group === undefined) groups.set(plan.oneof, [plan]);
    else group.push(plan);
  }
  return groups;
}

function constText(
  name: string,
  fullName: string,
  plans: readonly FieldPlan[],
  names: ModuleNames,
  unknownFields: boolean,
): string {
  const fields = plans.map((plan) => `    ${infoText(plan, names)},\n`).join("");
  return `${names.runtime("generatedMessage")}${names.format === "ts" ? `<${name}>` : ""}({
  typeName: "${fullName}",
  empty: empty$${name},
  write: write$${name},
  read: read$${name},${unknownFields ? "\n  unknownFields: true," : ""}
  fields: () => [${fields === "" ? "" : `\n${fields}  `}],
})`;
}

function infoText(plan: FieldPlan, names: ModuleNames): string {
  const { value } = plan;
  const parts = [`name: "${plan.name}"`];
  if (plan.jsonName !== plan.name) parts.push(`jsonName: ${JSON.stringify(plan.jsonName)}`);
  if (plan.protoName !== plan.name) parts.push(`protoName: "${plan.protoName}"`);
  if (value.kind === "scalar") parts.push(`type: "${value.scalar}"`);
  else parts.push(`type: { ${value.kind}: ${names.of(value.declaration)} }`);
  if (plan.shape === "list") parts.push("list: true");
  if (plan.shape === "map") parts.push(`mapKey: "${plan.key}"`);
  if (value.kind === "scalar" && value.int64 === "number") parts.push("asNumber: true");
  if (value.kind === "scalar" && value.int64 === "string") parts.push("asString: true");
  if (plan.optional) parts.push("optional: true");
  if (plan.oneof !== undefined) parts.push(`oneof: "${plan.oneof}"`);
  return `{ ${parts.join(", ")} }`;
}

/** Every property stands in it from the start: objects of one message have one shape. */
function emptyFunction(name: string, plans: readonly FieldPlan[], names: ModuleNames, unknownFields: boolean): string {
  const members: string[] = [];
  for (const plan of plans) {
    if (plan.oneof === undefined) members.push(`${plan.name}: ${emptyMember(plan, names)}`);
  }
  for (const oneof of oneofs(plans).keys()) members.push(`${oneof}: { case: undefined }`);
  if (unknownFields) members.push(`${UNKNOWN_FIELDS}: undefined`);
  const body = members.length === 0 ? "{}" : `{\n${members.map((each) => `    ${each},\n`).join("")}  }`;
  return `function empty$${name}()${names.typed(() => name)} {\n  return ${body};\n}\n`;
}

function emptyMember(plan: FieldPlan, names: ModuleNames): string {
  if (plan.shape === "map") return `${names.runtime("emptyMap")}()`;
  if (plan.shape === "list") return "[]";
  return mayBeAbsent(plan) ? "undefined" : defaultText(plan.value);
}
