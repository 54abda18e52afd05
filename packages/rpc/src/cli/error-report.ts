/** How an error is shown: its status, its message and what its details hold. */
import type { MessageType } from "../codec/message-type.ts";
import { messageTypesIn } from "../codec/message-types-in.ts";
import { Any } from "../gen/google/protobuf/any.ts";
import * as errorDetails from "../gen/google/rpc/error_details.ts";
import type { ErrorDetail } from "../error-details/error-detail.ts";
import type { RpcError } from "../rpc-error.ts";
import { statusName } from "../status.ts";

export interface ErrorReport {
  readonly status: number;
  /** `NOT_FOUND`; `UNKNOWN` for a number that gRPC does not know. */
  readonly code: string;
  readonly message: string;
  /** The JSON form of `Any`: `@type` and the message. */
  readonly details: readonly unknown[];
  readonly trailers: Readonly<Record<string, readonly string[]>>;
}

/** Error details are known without a proto file. */
export const ERROR_DETAILS: readonly MessageType<unknown>[] = messageTypesIn(errorDetails);

/** @param types what the details may hold, besides the well-known types and those of `google.rpc`. */
export function reportOf(error: RpcError, types: readonly MessageType<unknown>[] = []): ErrorReport {
  const trailers = new Map<string, string[]>();
  for (const [key, value] of error.trailers.entries()) trailers.set(key, [...(trailers.get(key) ?? []), value]);
  return {
    status: error.status,
    code: statusName(error.status),
    message: [error.message, ...causesOf(error)].join(": "),
    details: error.details.map((each) => detailJson(each, [...types, ...ERROR_DETAILS])),
    trailers: Object.fromEntries(trailers),
  };
}

function detailJson({ typeUrl, value }: ErrorDetail, types: readonly MessageType<unknown>[]): unknown {
  try {
    return Any.toJSON({ typeUrl, value }, { types });
  } catch {
    // Of a type that is not known, or bytes that are no such message: the error itself must be shown all the same.
    return { "@type": typeUrl, value: Buffer.from(value).toString("base64") };
  }
}

/** The messages of what caused an error, without those that say again what is `said`. */
export function causesOf(error: Error, said: string = error.message): string[] {
  const texts: string[] = [];
  for (let { cause } = error; cause instanceof Error && texts.length < 5; { cause } = cause) {
    const text = cause.message !== "" ? cause.message : ((cause as NodeJS.ErrnoException).code ?? cause.name);
    if (!said.includes(text) && !texts.includes(text)) texts.push(text);
  }
  return texts;
}
