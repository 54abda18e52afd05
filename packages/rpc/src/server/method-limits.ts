import type { OptionChecks } from "@servertech/core";

/** Limits of a service that differ from the server's. */
export interface MethodLimits<Name extends string = string> {
  /** Longest message of every method of the service, in bytes. From 1 KiB to 1 GiB. @default the server's `maxMessageBytes` */
  maxMessageBytes?: number | undefined;
  /** The same of single methods. @default that of the service */
  methods?: { readonly [Method in Name]?: { readonly maxMessageBytes?: number | undefined } | undefined } | undefined;
}

const RANGE = { min: 1 << 10, max: 1 << 30 };

/** @returns the longest message of a method, by its name. Problems are noted in `check`. */
export function checkMethodLimits(
  check: OptionChecks,
  limits: MethodLimits,
  names: readonly string[],
  serverBytes: number,
): (name: string) => number {
  const group = check.group("limits", limits, ["maxMessageBytes", "methods"]);
  const { maxMessageBytes = serverBytes, methods = {} } = limits;
  const ofService = group.bytes("maxMessageBytes", maxMessageBytes, RANGE);
  const single = group.group("methods", methods, names);
  const known = new Map<string, number>();
  for (const [name, limit] of Object.entries(methods)) {
    const { maxMessageBytes: bytes = ofService } = limit ?? {};
    const method = single.group(name, limit ?? {}, ["maxMessageBytes"]);
    known.set(name, method.bytes("maxMessageBytes", bytes, RANGE));
  }
  return (name) => known.get(name) ?? ofService;
}
