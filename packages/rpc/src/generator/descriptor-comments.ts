import type { DescriptorProto, EnumDescriptorProto, FileDescriptorProto } from "../gen/descriptor.ts";
import type { DeclarationLines } from "./source-lines.ts";

/** Comments and lines of a file's declarations, from the source information of its descriptor where it has any. */
export class DescriptorComments implements DeclarationLines {
  readonly #comments = new Map<string, string>();
  readonly #lines = new Map<string, number>();
  readonly #paths = new Map<string, readonly number[]>();

  constructor(file: FileDescriptorProto) {
    for (const { path, span, leadingComments, trailingComments } of file.sourceCodeInfo?.location ?? []) {
      const key = path.join(".");
      const comment = trimmed(leadingComments ?? trailingComments ?? "");
      if (comment !== "") this.#comments.set(key, comment);
      if (span[0] !== undefined) this.#lines.set(key, span[0] + 1);
    }
    for (const [index, type] of file.messageType.entries()) this.#message(type, [type.name], [4, index]);
    for (const [index, each] of file.enumType.entries()) this.#enum(each, [each.name], [5, index]);
    for (const [index, { name, method }] of file.service.entries()) {
      this.#paths.set(name, [6, index]);
      for (const [at, each] of method.entries()) this.#paths.set(`${name}.${each.name}`, [6, index, 2, at]);
    }
  }

  /** As the parser gives it: without the stars and the space around it. */
  of(path: readonly number[]): string | null {
    return this.#comments.get(path.join(".")) ?? null;
  }

  lineAt(path: readonly number[]): number | undefined {
    return this.#lines.get(path.join("."));
  }

  lineOfPath(names: readonly string[]): number | undefined {
    const path = this.#paths.get(names.join("."));
    return path === undefined ? undefined : this.lineAt(path);
  }

  #message(type: DescriptorProto, names: readonly string[], path: readonly number[]): void {
    this.#paths.set(names.join("."), path);
    for (const [index, { name }] of type.field.entries()) {
      this.#paths.set([...names, name].join("."), [...path, 2, index]);
    }
    for (const [index, nested] of type.nestedType.entries()) {
      this.#message(nested, [...names, nested.name], [...path, 3, index]);
    }
    for (const [index, nested] of type.enumType.entries()) {
      this.#enum(nested, [...names, nested.name], [...path, 4, index]);
    }
  }

  #enum(declaration: EnumDescriptorProto, names: readonly string[], path: readonly number[]): void {
    this.#paths.set(names.join("."), path);
    for (const [index, { name }] of declaration.value.entries()) {
      this.#paths.set([...names, name].join("."), [...path, 2, index]);
    }
  }
}

function trimmed(comment: string): string {
  return comment
    .split("\n")
    .map((line) => line.replace(/^\s*\*?\/*/, "").trim())
    .join("\n")
    .trim();
}
