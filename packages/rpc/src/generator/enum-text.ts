import type { Enum } from "protobufjs";
import { commentText } from "./comment-text.ts";
import type { ModuleNames } from "./module-names.ts";
import { ProtoError } from "./proto-error.ts";
import { type ProtoFile, pathOf } from "./proto-files.ts";

/** A const object with the names as in the proto, and the union of its values. */
export function enumText(declaration: Enum, file: ProtoFile, names: ModuleNames): string {
  const name = names.of(declaration);
  const values = Object.entries(declaration.values);
  const refuse = (reason: string) => new ProtoError(file.file, file.lines.lineOfPath(pathOf(declaration)), reason);
  if (values[0]?.[1] !== 0) throw refuse(`the first value of enum ${declaration.name} is not 0`);
  const outside = values.find(([, value]) => (value | 0) !== value);
  if (outside !== undefined) throw refuse(`${outside[0]} of enum ${declaration.name} is not an int32`);
  const options = (declaration.valuesOptions ?? {}) as Readonly<Record<string, { deprecated?: unknown } | undefined>>;
  const members = values.map(([key, value]) => {
    const deprecated = options[key]?.deprecated === true;
    // In brackets, `__proto__` is a property.
    const property = key === "__proto__" ? `["${key}"]` : key;
    const comment = commentText(declaration.comments[key], { indent: "  ", deprecated });
    return names.format === "d.ts"
      ? `${comment}  readonly ${property}: ${value};\n`
      : `${comment}  ${property}: ${value},\n`;
  });
  const comment = commentText(declaration.comment, { deprecated: declaration.options?.deprecated === true });
  const body = `{\n${members.join("")}}`;
  const union = `export type ${name} = (typeof ${name})[keyof typeof ${name}];\n`;
  if (names.format === "js") return `${comment}export const ${name} = ${body};\n`;
  if (names.format === "d.ts") return `${comment}export declare const ${name}: ${body};\n${union}`;
  return `${comment}export const ${name} = ${body} as const;\n${union}`;
}
