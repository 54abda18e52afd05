/** The names that one generated module takes from others: the runtime, and the modules of imported files. */
import type { Enum, Type } from "protobufjs";
import { typeName } from "./names.ts";
import { type ProtoFile, pathOf } from "./proto-files.ts";
import { WELL_KNOWN_FILES } from "./well-known-files.ts";

export type ImportExtension = "js" | "ts";

/** What a module is written in. Declarations stand beside a module in JavaScript. */
export type ModuleFormat = "ts" | "js" | "d.ts";

const RUNTIME = "@servertech/rpc";

/** What a module calls the descriptor of its file. No name in a proto file holds a `$`. */
export const DESCRIPTOR_NAME = "file$";

export class ModuleNames {
  readonly format: ModuleFormat;
  readonly #path: string;
  readonly #generated: ReadonlySet<string>;
  readonly #extension: ImportExtension;
  readonly #pathOfDeclaration: ReadonlyMap<Type | Enum, string>;
  readonly #values = new Set<string>();
  readonly #types = new Set<string>();
  readonly #modules = new Map<string, string>();

  /**
   * @param pathOfDeclaration the file of each message and enum.
   * @param generated paths of the files that have modules; the other ones are in the runtime.
   */
  constructor(
    file: ProtoFile,
    pathOfDeclaration: ReadonlyMap<Type | Enum, string>,
    generated: ReadonlySet<string>,
    extension: ImportExtension,
    format: ModuleFormat,
  ) {
    this.format = format;
    this.#generated = generated;
    this.#path = file.path;
    this.#extension = extension;
    this.#pathOfDeclaration = pathOfDeclaration;
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

  /** The type of what stands before it; nothing in JavaScript. */
  typed(type: () => string): string {
    return this.format === "js" ? "" : `: ${type()}`;
  }

  isLocal(declaration: Type | Enum): boolean {
    return this.#pathOfDeclaration.get(declaration) === this.#path;
  }

  /** A message or an enum, of this module or of another. */
  of(declaration: Type | Enum): string {
    const name = typeName(pathOf(declaration));
    const path = this.#pathOfDeclaration.get(declaration) as string;
    if (path === this.#path) return name;
    return this.#ofRuntime(path) ? this.runtime(name) : this.#ofModule(path, name);
  }

  /** The descriptor of another file. */
  descriptorOf(path: string): string {
    const wellKnown = this.#ofRuntime(path) ? WELL_KNOWN_FILES.get(path) : undefined;
    return wellKnown === undefined ? this.#ofModule(path, DESCRIPTOR_NAME) : this.runtime(wellKnown.exportName);
  }

  /** A well-known type that is not to be generated. */
  #ofRuntime(path: string): boolean {
    return WELL_KNOWN_FILES.has(path) && !this.#generated.has(path);
  }

  /** An export of the module of another file. */
  #ofModule(path: string, name: string): string {
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
