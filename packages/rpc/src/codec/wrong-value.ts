import { RpcError } from "../rpc-error.ts";
import { Status } from "../status.ts";

/** The value of a field that cannot be encoded. */
export function wrongValue(name: string, expected: string, value: unknown): RpcError {
  return new RpcError(Status.Internal, `${name}: expected ${expected}, got ${described(value)}`);
}

/** Of numbers the value, of all else the type: texts are somebody's data. */
export function described(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint") return `${typeof value} ${value}`;
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
