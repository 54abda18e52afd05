/** The function that decodes one message: a loop over the tags, with one case for each field. */
import { UNKNOWN_FIELDS } from "../codec/generated-message.ts";
import type { FieldPlan, ValueType } from "./field-plan.ts";
import type { ModuleNames } from "./module-names.ts";
import { defaultText, emptyText, readIntoText, readText, typeText, wireType } from "./value-text.ts";
import { isPackable } from "./write-text.ts";

export function readFunction(
  name: string,
  plans: readonly FieldPlan[],
  names: ModuleNames,
  unknownFields: boolean,
): string {
  const cases = plans.flatMap((plan) => casesOf(plan, names));
  const start = unknownFields ? "    const start = r.position();\n" : "";
  const other = unknownFields ? `m.${UNKNOWN_FIELDS} = r.keep(m.${UNKNOWN_FIELDS}, start, tag);` : "r.skip(tag);";
  const head = `  while (r.more()) {\n${start}    const tag = r.tag();\n`;
  const known = cases.map(([tag, statement]) => `      case ${tag}: ${statement}\n`).join("");
  let body = `${head}    switch (tag) {\n${known}      default: ${other}\n    }\n  }\n`;
  if (cases.length === 0) body = unknownFields ? `${head}    ${other}\n  }\n` : "  while (r.more()) r.skip(r.tag());\n";
  const reader = names.typed(() => names.runtimeType("WireReader"));
  const message = names.typed(() => name);
  return `function read$${name}(r${reader}, m${message})${message} {\n${body}  return m;\n}\n`;
}

function casesOf(plan: FieldPlan, names: ModuleNames): (readonly [number, string])[] {
  const tag = (type: number) => plan.number * 8 + type;
  const { value } = plan;
  const own = tag(wireType(value));
  if (plan.shape === "map") return [[tag(2), mapText(plan, names)]];
  if (plan.oneof !== undefined) return [[own, oneofText(plan, plan.oneof, names)]];
  if (value.kind === "message") {
    const empty = emptyText(value.declaration, names);
    const read = (target: string) => readIntoText(value.declaration, target, names);
    const statement =
      plan.shape === "list"
        ? `m.${plan.name}.push(${read(empty)})`
        : `m.${plan.name} = ${read(`m.${plan.name} ?? ${empty}`)}`;
    return [[own, `{ const end = r.enter(); ${statement}; r.leave(end); break; }`]];
  }
  const read = readText(value, names);
  if (plan.shape === "one") return [[own, `m.${plan.name} = ${read}; break;`]];
  const push = `m.${plan.name}.push(${read});`;
  if (!isPackable(value)) return [[own, `${push} break;`]];
  return [
    [own, `${push} break;`],
    [tag(2), `{ const end = r.open(); while (r.more()) ${push} r.close(end); break; }`],
  ];
}

function oneofText(plan: FieldPlan, oneof: string, names: ModuleNames): string {
  const { name, value } = plan;
  if (value.kind !== "message") return `m.${oneof} = { case: "${name}", value: ${readText(value, names)} }; break;`;
  const target = `m.${oneof}.case === "${name}" ? m.${oneof}.value : ${emptyText(value.declaration, names)}`;
  const read = readIntoText(value.declaration, target, names);
  return `{ const end = r.enter(); m.${oneof} = { case: "${name}", value: ${read} }; r.leave(end); break; }`;
}

/** An entry is a message with the key as field 1 and the value as field 2; either may be absent. */
function mapText(plan: FieldPlan, names: ModuleNames): string {
  const { value } = plan;
  const key: ValueType = { kind: "scalar", scalar: plan.key, int64: undefined };
  const readKey = plan.key === "string" ? readText(key, names) : `String(${readText(key, names)})`;
  const firstKey = plan.key === "string" ? '""' : `"${plan.key === "bool" ? "false" : "0"}"`;
  const first = value.kind === "message" ? emptyText(value.declaration, names) : defaultText(value);
  const type =
    value.kind === "enum" || (value.kind === "scalar" && value.scalar === "bytes")
      ? names.typed(() => typeText(value, names))
      : "";
  const readValue =
    value.kind === "message"
      ? `{ const inner = r.enter(); v = ${readIntoText(value.declaration, "v", names)}; r.leave(inner); }`
      : `v = ${readText(value, names)};`;
  return `{
        const end = r.enter();
        let k = ${firstKey};
        let v${type} = ${first};
        while (r.more()) {
          const t = r.tag();
          if (t === ${8 + wireType(key)}) k = ${readKey};
          else if (t === ${16 + wireType(value)}) ${readValue}
          else r.skip(t);
        }
        r.leave(end);
        m.${plan.name}[k] = v;
        break;
      }`;
}
