/** Runs modules that the generator made with `target: "js"`, without files: by their paths. */
import * as runtime from "@servertech/rpc";
import type { MessageType, Service } from "@servertech/rpc";
import type { Properties } from "../../src/codec/field-info.ts";
import type { GeneratedFile } from "../../src/generator/generate.ts";

export type Exports = Readonly<Record<string, unknown>>;

/** @param files a module may stand before those that it imports. */
export function evaluate(files: readonly GeneratedFile[]): ReadonlyMap<string, Exports> {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const done = new Map<string, Exports>();
  const moduleAt = (path: string): Exports => {
    const known = done.get(path);
    if (known !== undefined) return known;
    const text = texts.get(path);
    if (text === undefined) throw new Error(`no module ${path}`);
    const exports = run(text, (specifier) =>
      specifier === "@servertech/rpc" ? runtime : moduleAt(new URL(specifier, `file:///${path}`).pathname.slice(1)),
    );
    done.set(path, exports);
    return exports;
  };
  for (const path of texts.keys()) if (path.endsWith(".js")) moduleAt(path);
  return done;
}

function run(text: string, load: (specifier: string) => Exports): Exports {
  const names = [...text.matchAll(/^export const ([\w$]+)/gm)].map(([, name]) => name as string);
  const code = text
    .replaceAll(
      /^import \{([^}]*)\} from ("[^"]+");$/gm,
      (_, list: string, from: string) => `const {${list.replaceAll(" as ", ": ")}} = load(${from});`,
    )
    .replaceAll(/^import \* as ([\w$]+) from ("[^"]+");$/gm, "const $1 = load($2);")
    .replaceAll(/^export const /gm, "const ");
  // oxlint-disable-next-line typescript/no-implied-eval -- the generator's own output
  const module = new Function("load", `"use strict";\n${code}\nreturn { ${names.join(", ")} };`) as (
    load: (specifier: string) => Exports,
  ) => Exports;
  return module(load);
}

/** Messages by their full names. */
export function messageTypes(modules: ReadonlyMap<string, Exports>): ReadonlyMap<string, MessageType<Properties>> {
  const types = new Map<string, MessageType<Properties>>();
  for (const exports of modules.values()) {
    for (const each of Object.values(exports)) if (isMessageType(each)) types.set(each.typeName, each);
  }
  return types;
}

/** The messages of methods of services, by their full names. */
export function messageTypesOf(services: Readonly<Record<string, Service>>): Map<string, MessageType<Properties>> {
  const types = new Map<string, MessageType<Properties>>();
  for (const { methods } of Object.values(services)) {
    for (const { request, response } of Object.values(methods)) {
      for (const type of [request, response]) if (isMessageType(type)) types.set(type.typeName, type);
    }
  }
  return types;
}

function isMessageType(value: unknown): value is MessageType<Properties> {
  return typeof value === "object" && value !== null && "typeName" in value && "readFrom" in value;
}
