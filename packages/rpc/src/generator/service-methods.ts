/** What the methods of a service are called and are, for generated and dynamic services. */
import type { Method, Service } from "protobufjs";
import type { MethodKind } from "../service.ts";
import { methodKey } from "./names.ts";
import { ProtoError } from "./proto-error.ts";
import { type ProtoFile, pathOf } from "./proto-files.ts";

/** Methods by the keys that callers use. @throws {@link ProtoError} when two come out the same. */
export function methodKeys(declaration: Service, file: ProtoFile): Map<string, Method> {
  const keys = new Map<string, Method>();
  for (const method of declaration.methodsArray) {
    const key = methodKey(method.name);
    const same = keys.get(key);
    if (same !== undefined) {
      const line = file.lines.lineOfPath([...pathOf(declaration), method.name]);
      throw new ProtoError(file.file, line, `rpc ${method.name} has the same name in TypeScript as ${same.name}`);
    }
    keys.set(key, method);
  }
  return keys;
}

export function kindOf({ requestStream, responseStream }: Method): MethodKind {
  if (requestStream) return responseStream ? "bidi" : "clientStream";
  return responseStream ? "serverStream" : "unary";
}

export function isIdempotent({ options }: Method): boolean {
  const level: unknown = options?.idempotency_level;
  return level === "IDEMPOTENT" || level === "NO_SIDE_EFFECTS";
}
