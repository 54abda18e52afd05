/** The schema that a server tells of itself. */
import type { Channel } from "../client/channel.ts";
import { createClient } from "../client/client.ts";
import { FileDescriptorProto } from "../gen/descriptor.ts";
import { ServerReflection, type ServerReflectionRequest, type ServerReflectionResponse } from "../gen/reflection.ts";
import { filesFromDescriptors } from "../generator/from-descriptors.ts";
import type { ProtoFile } from "../generator/proto-files.ts";
import { WELL_KNOWN_FILES } from "../generator/well-known-files.ts";
import { isRpcError, rpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";
import type { Schema } from "./schema.ts";

type Question = ServerReflectionRequest["messageRequest"];
type Answer = ServerReflectionResponse["messageResponse"];

export interface ReflectionOptions {
  readonly target: string;
  /** Of each question. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** `grpc.reflection.v1`. Each question is a call of its own: nothing stays open between them. */
export class ReflectedSchema implements Schema {
  readonly source: string;
  readonly #channel: Channel;
  readonly #options: ReflectionOptions;
  readonly #known = new Map<string, readonly ProtoFile[]>();

  constructor(channel: Channel, options: ReflectionOptions) {
    this.source = options.target;
    this.#channel = channel;
    this.#options = options;
  }

  async services(): Promise<readonly string[]> {
    const answer = await this.#ask({ case: "listServices", value: "" });
    if (answer?.case !== "listServicesResponse") throw unexpected(answer);
    return answer.value.service.map(({ name }) => name).toSorted();
  }

  async filesOf(symbol: string): Promise<readonly ProtoFile[] | undefined> {
    const known = this.#known.get(symbol);
    if (known !== undefined) return known;
    const first = await this.#files({ case: "fileContainingSymbol", value: symbol });
    if (first === undefined) return undefined;
    const files = filesFromDescriptors(await this.#withImports(first));
    this.#known.set(symbol, files);
    return files;
  }

  /** Some servers give a file with all that it imports, others the file alone. */
  async #withImports(first: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    const files = new Map<string, Uint8Array>();
    const wanted = new Set<string>();
    const add = (bytes: Uint8Array): void => {
      const { name, dependency } = FileDescriptorProto.decode(bytes);
      files.set(name, bytes);
      for (const path of dependency) if (!WELL_KNOWN_FILES.has(path)) wanted.add(path);
    };
    for (const bytes of first) add(bytes);
    // A set gives what is added while it is walked, too.
    for (const path of wanted) {
      if (files.has(path)) continue;
      const answer = await this.#files({ case: "fileByFilename", value: path });
      if (answer === undefined) throw rpcError(Status.NotFound, `the server does not give the file ${path}`);
      for (const bytes of answer) add(bytes);
    }
    return [...files.values()];
  }

  async #files(question: Question): Promise<readonly Uint8Array[] | undefined> {
    const answer = await this.#ask(question);
    if (answer === undefined) return undefined;
    if (answer.case !== "fileDescriptorResponse") throw unexpected(answer);
    return answer.value.fileDescriptorProto;
  }

  /** Undefined: there is no such thing. */
  async #ask(messageRequest: Question): Promise<Answer | undefined> {
    const { timeoutMs, signal, target } = this.#options;
    const call = createClient(ServerReflection, this.#channel).serverReflectionInfo({ timeoutMs, signal });
    try {
      // Should it fail, `next` says so.
      void call.send({ messageRequest });
      call.end();
      const { value, done } = await call.next();
      if (done === true) throw rpcError(Status.Internal, `the reflection service of ${target} gives no answer`);
      const { messageResponse: answer } = value;
      if (answer.case !== "errorResponse") return answer;
      const { errorCode, errorMessage } = answer.value;
      if (errorCode === Status.NotFound) return undefined;
      throw rpcError(errorCode === Status.Ok ? Status.Unknown : errorCode, errorMessage);
    } catch (error) {
      if (!isRpcError(error) || error.status !== Status.Unimplemented) throw error;
      const text = `${target} has no reflection service: name the proto file with --proto`;
      throw rpcError(Status.Unimplemented, text, { cause: error });
    } finally {
      call.cancel();
    }
  }
}

function unexpected(answer: Answer | undefined): Error {
  return rpcError(Status.Internal, `the reflection service answers with ${answer?.case ?? "nothing"}`);
}
