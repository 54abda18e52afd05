import type { Method, MethodKind } from "../service.ts";
import { MessageCodec } from "../wire/message-codec.ts";
import { requestPrefix } from "../wire/request.ts";

/** A method as a client calls it. */
export class CalledMethod {
  readonly fullName: string;
  readonly kind: MethodKind;
  /** Fields 1 and 2 of its requests. */
  readonly prefix: Buffer;
  readonly request: MessageCodec;
  readonly response: MessageCodec;

  constructor(service: string, method: Method<MethodKind, unknown>) {
    this.fullName = `${service}/${method.name}`;
    this.kind = method.kind;
    this.prefix = requestPrefix(service, method.name);
    this.request = new MessageCodec(method.request);
    this.response = new MessageCodec(method.response);
  }
}
