import type { MessageInit } from "../codec/message-type.ts";
import { ServerReflection, type ServerReflectionRequest, type ServerReflectionResponse } from "../gen/reflection.ts";
import type { Handlers, RequestStream } from "../server/handlers.ts";
import type { ServerView, ServiceModule } from "../server/service-module.ts";
import type { FileDescriptor, Service } from "../service.ts";
import { Status } from "../status.ts";
import { symbolsOf } from "./file-symbols.ts";

/**
 * The standard reflection service, to be added to a server: `server.add(reflection())`. It tells which services there are and
 * gives their proto files, so that tools can make calls without them. Services made by hand, without a file, are only listed.
 *
 * https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
export function reflection(): ServiceModule {
  return new ReflectionService();
}

type Answer = MessageInit<ServerReflectionResponse>["messageResponse"];

class ReflectionService implements ServiceModule {
  readonly service: Service = ServerReflection;
  readonly handlers: Handlers<typeof ServerReflection.methods> = {
    serverReflectionInfo: (requests) => this.#answers(requests),
  };
  #server: ServerView | undefined;
  /** By their names; and the file of each symbol. Made anew when services were added. */
  #files = new Map<string, FileDescriptor>();
  #symbols = new Map<string, FileDescriptor>();
  #known = -1;

  attach(server: ServerView): void {
    this.#server = server;
  }

  async *#answers(
    requests: RequestStream<ServerReflectionRequest>,
  ): AsyncGenerator<MessageInit<ServerReflectionResponse>> {
    for await (const request of requests)
      yield { validHost: request.host, originalRequest: request, messageResponse: this.#answer(request) };
  }

  #answer({ messageRequest }: ServerReflectionRequest): Answer {
    this.#readFiles();
    switch (messageRequest.case) {
      case "listServices":
        return { case: "listServicesResponse", value: { service: this.#services().map(({ name }) => ({ name })) } };
      case "fileByFilename":
        return this.#fileAnswer(this.#files.get(messageRequest.value), `file ${messageRequest.value}`);
      case "fileContainingSymbol":
        return this.#fileAnswer(this.#symbols.get(messageRequest.value), `symbol ${messageRequest.value}`);
      case "allExtensionNumbersOfType": {
        const name = messageRequest.value;
        if (!this.#symbols.has(name)) return notFound(`type ${name}`);
        // Proto 3 has no extensions.
        return { case: "allExtensionNumbersResponse", value: { baseTypeName: name, extensionNumber: [] } };
      }
      case "fileContainingExtension":
        return notFound(`extension ${messageRequest.value.extensionNumber} of ${messageRequest.value.containingType}`);
      default:
        return failure(Status.InvalidArgument, "the request asks for nothing");
    }
  }

  #services(): readonly Service[] {
    return this.#server?.services() ?? [];
  }

  #readFiles(): void {
    const services = this.#services();
    if (services.length === this.#known) return;
    this.#known = services.length;
    for (const { file } of services) if (file !== undefined) this.#read(file);
  }

  #read(file: FileDescriptor): void {
    if (this.#files.has(file.name)) return;
    this.#files.set(file.name, file);
    for (const symbol of symbolsOf(file.bytes)) this.#symbols.set(symbol, file);
    for (const dependency of file.dependencies) this.#read(dependency());
  }

  /** The file, and all that it imports, before it. */
  #fileAnswer(file: FileDescriptor | undefined, what: string): Answer {
    if (file === undefined) return notFound(what);
    const files = new Map<string, FileDescriptor>();
    const collect = (each: FileDescriptor): void => {
      if (files.has(each.name)) return;
      files.set(each.name, each);
      for (const dependency of each.dependencies) collect(dependency());
    };
    collect(file);
    const fileDescriptorProto = [...files.values()].map(({ bytes }) => bytes);
    return { case: "fileDescriptorResponse", value: { fileDescriptorProto } };
  }
}

function notFound(what: string): Answer {
  return failure(Status.NotFound, `there is no ${what}`);
}

function failure(errorCode: number, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
