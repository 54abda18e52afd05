/** The messages that a call sends: JSON from an argument, from a file or from stdin. */
import type { Readable } from "node:stream";
import type { Properties } from "../codec/field-info.ts";
import type { MessageType } from "../codec/message-type.ts";
import { isRpcError } from "../rpc-error.ts";
import type { AnyTypes } from "./any-types.ts";
import { readArgumentFile } from "./arguments.ts";
import { UsageError } from "./usage-error.ts";

/** JSON that is there, or that comes by stdin. */
export type RequestData = string | Readable;

/** `-d`: JSON itself, `@file` or `-` for stdin. @throws {@link UsageError} for a file that cannot be read. */
export async function readData(command: string, data: string, stdin: Readable): Promise<RequestData> {
  if (data === "-") return stdin.setEncoding("utf8");
  return data.startsWith("@") ? readArgumentFile(command, "data", data.slice(1)) : data;
}

/** Reads requests of one type. */
export class RequestReader {
  readonly #command: string;
  readonly #type: MessageType<Properties>;
  readonly #types: AnyTypes;

  constructor(command: string, type: MessageType<Properties>, types: AnyTypes) {
    this.#command = command;
    this.#type = type;
    this.#types = types;
  }

  /** One message, in as many lines as it likes; nothing = the empty message. @throws {@link UsageError} */
  async one(data: RequestData): Promise<Properties> {
    let text = "";
    for await (const chunk of typeof data === "string" ? [data] : data) text += String(chunk);
    return this.#message(text.trim() === "" ? "{}" : text, "the request");
  }

  /** One message a line, as the lines come; empty lines are none. @throws {@link UsageError} with the line's number. */
  async *each(data: RequestData): AsyncGenerator<Properties, undefined> {
    let number = 0;
    for await (const line of linesOf(typeof data === "string" ? [data] : data)) {
      number += 1;
      if (line.trim() !== "") yield this.#message(line, `line ${number} of the requests`);
    }
  }

  async #message(text: string, what: string): Promise<Properties> {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch (cause) {
      throw this.#refused(`${what} is no JSON: ${(cause as SyntaxError).message}`);
    }
    await this.#types.learnFromJson(json);
    try {
      return this.#type.fromJSON(json, this.#types);
    } catch (error) {
      if (!isRpcError(error)) throw error;
      throw this.#refused(`${what} is no ${this.#type.typeName}: ${error.message}`);
    }
  }

  #refused(text: string): UsageError {
    return new UsageError(`${this.#command}: ${text}`, this.#command);
  }
}

async function* linesOf(chunks: Iterable<string> | AsyncIterable<unknown>): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const chunk of chunks) {
    const [first = "", ...others] = String(chunk).split("\n");
    rest += first;
    for (const line of others) {
      yield rest;
      rest = line;
    }
  }
  if (rest !== "") yield rest;
}
