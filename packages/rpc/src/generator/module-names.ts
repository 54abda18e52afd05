/** The names that one generated module takes from others: the runtime, and the modules of imported files. */
import type { Enum, Type } from "protobufjs";
import { typeName } from "./names.ts";
import { type ProtoFile, pathOf } from "./proto-files.ts";

export type ImportExtension = "js" | "ts";

const RUNTIME = "@servertech/rpc";

export class ModuleNames {
  readonly #path: string;
  readonly #extension: ImportExtension;
  readonly #pathOfDeclaration: ReadonlyMap<Type | Enum, string>;
  readonly #values = new Set<string>();
  readonly #types = new Set<string>();
  readonly #modules = new Map<string, string>();

  constructor(file: ProtoFile, files: readonly ProtoFile[], extension: ImportExtension) {
    this.#path = file.path;
    this.#extension = extension;
    this.#pathOfDeclaration = declarations(files);
  }

  /** A function of the runtime. No name in a proto file holds a `$`. */
  runtime(name: string): string {
    this.#values.add(name);
    return `$${name}`;
  }

  /** A type of the runtime. */
  runtimeType(name: string): string {
    this.#types.add(name);
    return `$${name}`;
  }

  isLocal(declaration: Type | Enum): boolean {
    return this.#pathOfDeclaration.get(declaration) === this.#path;
  }

  /** A message or an enum, of this module or of another. */
  of(declaration: Type | Enum): string {
    const name = typeName(pathOf(declaration));
    const path = this.#pathOfDeclaration.get(declaration) as string;
    if (path === this.#path) return name;
    const known = this.#modules.get(path);
    if (known !== undefined) return `${known}.${name}`;
    const alias = `$${path.replace(/\.proto$/, "").replaceAll(/\W/g, "_")}`;
    const free = [...this.#modules.values()].includes(alias) ? `${alias}$${this.#modules.size}` : alias;
    this.#modules.set(path, free);
    return `${free}.${name}`;
  }

  importText(): string {
    const specifiers = [
      ...[...this.#types].toSorted().map((name) => `type ${name} as $${name}`),
      ...[...this.#values].toSorted().map((name) => `${name} as $${name}`),
    ];
    const runtime =
      specifiers.length === 0
        ? ""
        : `import {\n${specifiers.map((each) => `  ${each},\n`).join("")}} from "${RUNTIME}";\n`;
    const others = [...this.#modules].map(([path, alias]) => `import * as ${alias} from "${this.#specifier(path)}";\n`);
    return runtime + others.join("");
  }

  #specifier(path: string): string {
    const up = "../".repeat(this.#path.split("/").length - 1);
    return `${up === "" ? "./" : up}${path.replace(/\.proto$/, "")}.${this.#extension}`;
  }
}

function declarations(files: readonly ProtoFile[]): Map<Type | Enum, string> {
  const known = new Map<Type | Enum, string>();
  const add = (type: Type, path: string): void => {
    known.set(type, path);
    for (const nested of type.nestedArray) {
      if ("fieldsArray" in nested) add(nested as Type, path);
      else known.set(nested as Enum, path);
    }
  };
  for (const { path, types, enums } of files) {
    for (const type of types) add(type, path);
    for (const each of enums) known.set(each, path);
  }
  return known;
}
