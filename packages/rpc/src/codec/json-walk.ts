/** Where reading or writing proto3 JSON stands: how deep, at which path, and with which types. */
import { optionChecks } from "@servertech/core";
import { RpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import type { JsonOptions, MessageType } from "./message-type.ts";
import { described } from "./wrong-value.ts";

/** As on the wire: https://protobuf.dev/programming-guides/proto-limits/#depth */
const MAX_DEPTH = 100;
const MAX_SHOWN = 64;
const MAX_PATH = 20;

/** Handed to the messages inside a message in place of the caller's options. An error ends it: it is of no use afterwards. */
export class JsonWalk implements JsonOptions {
  readonly types: readonly MessageType<unknown>[];
  readonly #status: number;
  readonly #path: string[];
  #depth = -1;

  /** @param root what errors name first. @param status theirs. */
  constructor(root: string, status: number, options?: JsonOptions) {
    this.#path = [root];
    this.#status = status;
    this.types = options === undefined ? [] : checkedTypes(options);
  }

  static reading(options: JsonOptions | undefined, root: string): JsonWalk {
    return options instanceof JsonWalk ? options : new JsonWalk(root, Status.InvalidArgument, options);
  }

  static writing(options: JsonOptions | undefined, root: string): JsonWalk {
    return options instanceof JsonWalk ? options : new JsonWalk(root, Status.Internal, options);
  }

  /** Into a message. @throws {@link RpcError} when it is too deep. */
  enter(): void {
    if (++this.#depth > MAX_DEPTH) throw this.error(`more than ${MAX_DEPTH} messages inside each other`);
  }

  leave(): void {
    this.#depth -= 1;
  }

  field(name: string): void {
    this.#path.push(`.${name}`);
  }

  index(index: number): void {
    this.#path.push(`[${index}]`);
  }

  key(key: string): void {
    this.#path.push(`[${shown(key)}]`);
  }

  /** Back out of a field, an index or a key. */
  up(): void {
    this.#path.pop();
  }

  error(reason: string, cause?: unknown): RpcError {
    return new RpcError(this.#status, `${this.#shownPath()}: ${reason}`, cause === undefined ? {} : { cause });
  }

  #shownPath(): string {
    const path = this.#path;
    if (path.length <= MAX_PATH) return path.join("");
    return [...path.slice(0, MAX_PATH / 2), "…", ...path.slice(-MAX_PATH / 2)].join("");
  }

  refused(expected: string, got: unknown): RpcError {
    return this.error(`expected ${expected}, got ${described(got)}`);
  }
}

function checkedTypes(options: JsonOptions): readonly MessageType<unknown>[] {
  const { types = [] } = options;
  const check = optionChecks(options, ["types"]);
  if (!Array.isArray(types)) check.problem("types", "must be a list of message types", types);
  return check.done(types);
}

/** A name as it stands in an error. */
export function shown(name: string): string {
  return JSON.stringify(name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name);
}
