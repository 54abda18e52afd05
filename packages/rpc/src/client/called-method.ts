import type { Method, MethodInfo, MethodKind } from "../service.ts";
import { MessageCodec } from "../wire/message-codec.ts";
import { requestPrefix } from "../wire/request.ts";

/** A method as a client calls it. */
export class CalledMethod {
  readonly info: MethodInfo;
  readonly fullName: string;
  readonly kind: MethodKind;
  readonly idempotent: boolean;
  /** Fields 1 and 2 of its requests. */
  readonly prefix: Buffer;
  readonly request: MessageCodec;
  readonly response: MessageCodec;
  readonly maxMessageBytes: number;

  constructor(
    service: string,
    { name, kind, request, response, idempotent }: Method<MethodKind, unknown>,
    maxBytes: (fullName: string) => number,
  ) {
    this.fullName = `${service}/${name}`;
    this.info = Object.freeze({ service, name, fullName: this.fullName });
    this.kind = kind;
    this.idempotent = idempotent === true;
    this.prefix = requestPrefix(service, name);
    this.request = new MessageCodec(request);
    this.response = new MessageCodec(response);
    this.maxMessageBytes = maxBytes(this.fullName);
  }
}
