/** Reads proto files with all that they import, and refuses what cannot be generated. */
import { readFile } from "node:fs/promises";
import { basename, isAbsolute, join, relative, resolve, sep } from "node:path";
import {
  Enum,
  Field,
  type NamespaceBase,
  Namespace,
  type ReflectionObject,
  Root,
  Service,
  Type,
  parse,
} from "protobufjs";
import { FileDescriptorProto } from "../gen/descriptor.ts";
import { addFile } from "./file-builder.ts";
import type { FileHead } from "./file-head.ts";
import { ProtoError } from "./proto-error.ts";
import { SourceLines } from "./source-lines.ts";
import { WELL_KNOWN_FILES } from "./well-known-files.ts";

export interface ProtoFile extends FileHead {
  /** Top-level declarations in their order. */
  readonly types: readonly Type[];
  readonly enums: readonly Enum[];
  readonly services: readonly Service[];
}

/**
 * @param files paths of the proto files to generate.
 * @param includeDirs where imports are looked for, in this order, before the directory of the file that imports.
 * @returns the files and what they import, each once.
 * @throws {@link ProtoError}
 */
export async function loadProtoFiles(files: readonly string[], includeDirs: readonly string[]): Promise<ProtoFile[]> {
  const loader = new Loader(includeDirs, new Set(files.map((file) => importPath(file, includeDirs))));
  for (const file of files) await loader.load(file);
  return loader.resolve();
}

class Loader {
  readonly #includeDirs: readonly string[];
  readonly #given: ReadonlySet<string>;
  readonly #root = new Root();
  readonly #parsed = new Map<string, FileHead>();

  constructor(includeDirs: readonly string[], given: ReadonlySet<string>) {
    this.#includeDirs = includeDirs;
    this.#given = given;
  }

  async load(file: string, path: string = importPath(file, this.#includeDirs)): Promise<void> {
    const known =
      this.#parsed.get(path) ?? [...this.#parsed.values()].find((each) => resolve(each.file) === resolve(file));
    if (known !== undefined) {
      if (known.path === path && resolve(known.file) === resolve(file)) return;
      if (known.path === path) throw new ProtoError(file, undefined, `it and ${known.file} are both ${path}`);
      throw new ProtoError(file, undefined, `it is ${known.path} and ${path}: name its directory with -I`);
    }
    const source = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
      throw new ProtoError(file, undefined, `cannot be read (${cause.code})`);
    });
    const lines = new SourceLines(source);
    const { name, imports } = this.#parse(source, path, file, lines);
    const publics = source.matchAll(/^\s*import\s+public\s*["']([^"']+)["']/gm);
    const publicImports = new Set([...publics].map(([, publicName = ""]) => publicName));
    this.#parsed.set(path, { path, file, lines, package: name, imports, publicImports });
    // The directory that the paths of imports begin at.
    const root = resolve(file, ...path.split("/").map(() => ".."));
    for (const each of imports) {
      if (!this.#addWellKnown(each)) await this.load(await this.#find(each, root, file, source), each);
    }
  }

  /** The runtime has its types. @returns false for another file, and for one that is to be generated. */
  #addWellKnown(path: string): boolean {
    const wellKnown = WELL_KNOWN_FILES.get(path);
    if (wellKnown === undefined || this.#given.has(path)) return false;
    if (!this.#parsed.has(path)) {
      this.#parsed.set(path, addFile(this.#root, FileDescriptorProto.decode(wellKnown.descriptor.bytes)));
    }
    return true;
  }

  /** @returns its package and what it imports. */
  #parse(source: string, path: string, file: string, lines: SourceLines): { name: string; imports: string[] } {
    refuseUnsupported(file, source, lines);
    (parse as typeof parse & { filename: string | null }).filename = path;
    try {
      const {
        package: name = "",
        imports = [],
        weakImports = [],
      } = parse(source, this.#root, {
        keepCase: true,
        alternateCommentMode: true,
      });
      return { name: name ?? "", imports: [...imports, ...weakImports] };
    } catch (cause) {
      throw parserError(cause, file, lines);
    } finally {
      (parse as typeof parse & { filename: string | null }).filename = null;
    }
  }

  async #find(name: string, root: string, importer: string, source: string): Promise<string> {
    const at = source.search(new RegExp(`["']${escaped(name)}["']`));
    const line = source.slice(0, Math.max(0, at)).split("\n").length;
    if (isAbsolute(name) || name.split("/").includes("..")) {
      throw new ProtoError(importer, line, `the import ${name} is no path inside an include directory`);
    }
    const tried = [...this.#includeDirs, relative(".", root) || "."];
    for (const dir of tried) {
      const file = join(dir, name);
      if (await isReadable(file)) return file;
    }
    throw new ProtoError(importer, line, `the import ${name} is in none of: ${tried.join(", ")}`);
  }

  resolve(): ProtoFile[] {
    return protoFilesOf(this.#root, [...this.#parsed.values()]);
  }
}

/** Joins files to their declarations in `root`, and resolves the names of types. @throws {@link ProtoError} */
export function protoFilesOf(root: Root, heads: readonly FileHead[]): ProtoFile[] {
  const byPath = new Map<string, { types: Type[]; enums: Enum[]; services: Service[] }>();
  for (const { path } of heads) byPath.set(path, { types: [], enums: [], services: [] });
  collect(root, byPath);
  const files = heads.map((head) => ({
    ...head,
    ...(byPath.get(head.path) ?? { types: [], enums: [], services: [] }),
  }));
  for (const file of files) for (const type of file.types) resolveType(type, file);
  for (const file of files) for (const service of file.services) resolveService(service, file);
  return files;
}

/** As other files import it. */
export function importPath(file: string, includeDirs: readonly string[]): string {
  for (const dir of includeDirs) {
    const path = relative(dir, file);
    if (path !== "" && !path.startsWith("..") && !isAbsolute(path)) return path.split(sep).join("/");
  }
  return basename(file);
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

async function isReadable(file: string): Promise<boolean> {
  try {
    await readFile(file);
    return true;
  } catch {
    return false;
  }
}

/** What the parser accepts and this generator does not. */
function refuseUnsupported(file: string, source: string, lines: SourceLines): void {
  const edition = lines.lineOf(/^\s*edition\s*=/m);
  if (edition !== undefined) throw new ProtoError(file, edition, "editions are not supported: only proto3 is");
  const syntax = lines.lineOf(/^\s*syntax\s*=/m);
  if (syntax === undefined) throw new ProtoError(file, 1, 'no `syntax = "proto3";`: proto2 is not supported');
  if (!/^\s*syntax\s*=\s*["']proto3["']\s*;/m.test(source)) {
    throw new ProtoError(file, syntax, "only the syntax proto3 is supported");
  }
  const refused: readonly (readonly [RegExp, string])[] = [
    [/(?<=^|[;{}])\s*extend\s+[\w.]+\s*\{/, "extensions are not supported"],
    [/(?<=^|[;{}])\s*extensions\s+\d/, "extensions are not supported"],
    [/(?<=^|[;{}])\s*(optional\s+|repeated\s+|required\s+)?group\s+\w+\s*=/, "groups are not supported"],
    [/(?<=^|[;{}])\s*required\s+[\w.]+\s+\w+\s*=/, "required fields are not supported: proto3 has none"],
  ];
  for (const [pattern, reason] of refused) {
    const line = lines.lineOf(pattern);
    if (line !== undefined) throw new ProtoError(file, line, reason);
  }
}

/** The parser writes its line into the text: `illegal token 'x' (a.proto, line 3)`. */
function parserError(cause: unknown, file: string, lines: SourceLines): ProtoError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const line = /\(?(?:[^()]*, )?line (\d+)\)?$/.exec(text);
  if (line !== null) return new ProtoError(file, Number(line[1]), text.slice(0, line.index).trim());
  // Of what is there twice the parser tells in which declaration.
  const [, name] = / in (?:Type|Enum|Service) \.?(\w+)/.exec(text) ?? [];
  return new ProtoError(file, name === undefined ? undefined : lines.lineOfPath([name]), text);
}

function collect(
  parent: NamespaceBase,
  byPath: ReadonlyMap<string, { types: Type[]; enums: Enum[]; services: Service[] }>,
): void {
  for (const child of parent.nestedArray) {
    const into = byPath.get(child.filename ?? "");
    if (child instanceof Type) into?.types.push(child);
    else if (child instanceof Enum) into?.enums.push(child);
    else if (child instanceof Service) into?.services.push(child);
    else if (child instanceof Namespace) collect(child, byPath);
  }
}

function resolveType(type: Type, file: ProtoFile): void {
  for (const field of type.fieldsArray) guarded(() => field.resolve(), file, [...pathOf(type), field.name]);
  for (const nested of type.nestedArray) {
    if (nested instanceof Type) resolveType(nested, file);
    else if (nested instanceof Field) throw new ProtoError(file.file, undefined, "extensions are not supported");
  }
}

function resolveService(service: Service, file: ProtoFile): void {
  for (const method of service.methodsArray) {
    guarded(() => method.resolve(), file, [...pathOf(service), method.name]);
  }
}

function guarded(resolveIt: () => unknown, file: ProtoFile, path: readonly string[]): void {
  try {
    resolveIt();
  } catch (cause) {
    throw new ProtoError(
      file.file,
      file.lines.lineOfPath(path),
      cause instanceof Error ? cause.message : String(cause),
    );
  }
}

/** All messages and enums of a file, each before what stands in it. */
export function* declarationsIn({ enums, types }: ProtoFile): Generator<Type | Enum, undefined> {
  yield* enums;
  for (const type of types) yield* withNested(type);
}

function* withNested(type: Type): Generator<Type | Enum, undefined> {
  yield type;
  for (const nested of type.nestedArray) {
    if (nested instanceof Type) yield* withNested(nested);
    else if (nested instanceof Enum) yield nested;
  }
}

/** Names from the outermost declaration in the file to `object`. */
export function pathOf(object: ReflectionObject): string[] {
  const path: string[] = [];
  for (let each: ReflectionObject | null = object; each !== null; each = each.parent) {
    if (!(each instanceof Type || each instanceof Enum || each instanceof Service)) break;
    path.unshift(each.name);
  }
  return path;
}
