import { isIPv6 } from "node:net";
import { type OptionChecks, optionChecks } from "@servertech/core";
import type { Endpoint } from "../resolver.ts";
import { addressText } from "./address.ts";

const NAMES: readonly (keyof Endpoint)[] = ["id", "host", "port", "path", "weight", "zone", "metadata"];

/**
 * Reads a JSON array of endpoints: `host` and `port`, or `path`; `id` may be left out and is then the address.
 *
 * @throws SyntaxError; OptionError with every problem, as `[index].name`.
 */
export function parseEndpointList(text: string): readonly Endpoint[] {
  const parsed: unknown = JSON.parse(text);
  const check = optionChecks({}, []);
  if (!Array.isArray(parsed)) {
    check.problem("the file", "must be a JSON array of endpoints", parsed);
    return check.done([]);
  }
  const endpoints = parsed.map((entry: unknown, index) => readEndpoint(check, `[${index}]`, entry));
  const ids = new Set<string>();
  for (const [index, { id }] of endpoints.entries()) {
    if (ids.has(id)) check.problem(`[${index}].id`, "must differ from those before it", id);
    ids.add(id);
  }
  return check.done(endpoints);
}

function readEndpoint(all: OptionChecks, name: string, entry: unknown): Endpoint {
  // `group` takes undefined for {}, and JSON has null.
  const check = all.group(name, entry, NAMES);
  const { id, host, port, path, weight, zone, metadata } = Object(entry) as Partial<Record<keyof Endpoint, unknown>>;
  if (id !== undefined) check.string("id", id as string);
  if (weight !== undefined && !(Number.isFinite(weight) && (weight as number) > 0))
    check.problem("weight", "must be a number above 0", weight);
  if (zone !== undefined) check.string("zone", zone as string);
  const where = path === undefined ? readAddress(check, host, port) : readPath(check, path, host, port);
  return {
    id: (id as string | undefined) ?? where.path ?? addressText(where.host, where.port),
    ...where,
    ...(weight === undefined ? {} : { weight: weight as number }),
    ...(zone === undefined ? {} : { zone: zone as string }),
    ...(metadata === undefined ? {} : { metadata: readMetadata(check, metadata) }),
  };
}

type Where = Pick<Endpoint, "host" | "port" | "path">;

function readAddress(check: OptionChecks, host: unknown, port: unknown): Where {
  const legal = typeof host === "string" && (isIPv6(host) || /^[^\s:[\]/]+$/.test(host));
  if (!legal) check.problem("host", "must be a host name, or an address without brackets", host);
  check.integer("port", port as number, { min: 1, max: 65_535 });
  return { host: host as string, port: port as number };
}

function readPath(check: OptionChecks, path: unknown, host: unknown, port: unknown): Where {
  check.string("path", path as string);
  if (host !== undefined && host !== "") check.problem("host", "must be left out beside path", host);
  if (port !== undefined && port !== 0) check.problem("port", "must be left out beside path", port);
  return { host: "", port: 0, path: path as string };
}

function readMetadata(check: OptionChecks, metadata: unknown): Record<string, string> {
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) {
    check.problem("metadata", "must be an object of strings", metadata);
    return {};
  }
  for (const [key, value] of Object.entries(metadata))
    if (typeof value !== "string") check.problem(`metadata.${key}`, "must be a string", value);
  return metadata as Record<string, string>;
}
