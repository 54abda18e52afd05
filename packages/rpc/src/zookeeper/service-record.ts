/** The node of an instance: the JSON of Apache Curator's x-discovery, with our metadata as the extra field `meta`. */
import { ZooKeeperError } from "./client/errors.ts";
import { pathProblem } from "./client/node-path.ts";
import type { ServiceInit, ServiceInstance, ServiceMeta } from "./registry-types.ts";

export interface ServiceRecord {
  readonly name: string;
  readonly id: string;
  readonly address: string;
  readonly port: number;
  readonly payload: unknown;
  readonly registeredAtMs: number;
  readonly meta: ServiceMeta;
  readonly enabled: boolean;
}

/** @throws {@link ZooKeeperError} `REGISTRY_INVALID_SERVICE` for what cannot be a node of its own. */
export function checkName(field: "name" | "id", value: string): string {
  const isSegment = typeof value === "string" && value !== "" && !value.includes("/");
  if (!isSegment || pathProblem(`/${value}`) !== undefined)
    throw invalid(`${field} must be a text without "/" and control characters, not "." or ".."`, value);
  return value;
}

/** @throws {@link ZooKeeperError} `REGISTRY_INVALID_SERVICE` */
export function recordOf(service: ServiceInit, id: string, registeredAtMs: number): ServiceRecord {
  const { name, address, port, payload = null, meta = {}, enabled = true } = service;
  checkName("name", name);
  checkName("id", id);
  if (typeof address !== "string" || address === "") throw invalid("address must be a host name or address", address);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw invalid("port must be from 1 to 65535", port);
  if (typeof enabled !== "boolean") throw invalid("enabled must be true or false", enabled);
  return {
    name,
    id,
    address,
    port,
    payload: jsonOf(payload),
    registeredAtMs,
    meta: checkMeta(meta),
    enabled,
  };
}

/** @throws {@link ZooKeeperError} `REGISTRY_INVALID_SERVICE` */
export function checkMeta(meta: ServiceMeta): ServiceMeta {
  if (typeof meta !== "object" || meta === null || Array.isArray(meta)) throw invalid("meta must be an object", meta);
  for (const [key, value] of Object.entries(meta)) {
    const legal = ["string", "boolean", "undefined"].includes(typeof value) || Number.isFinite(value);
    if (!legal) throw invalid(`meta.${key} must be a string, a finite number or a boolean`, value);
  }
  const { weight, zone } = meta;
  if (weight !== undefined && !(typeof weight === "number" && weight > 0))
    throw invalid("meta.weight must be a number above 0", weight);
  if (zone !== undefined && typeof zone !== "string") throw invalid("meta.zone must be a string", zone);
  return { ...meta };
}

/** The payload as JSON will give it back; what JSON cannot hold is refused, not dropped. */
function jsonOf(payload: unknown): unknown {
  let text: string | undefined;
  try {
    text = JSON.stringify(payload);
  } catch (error) {
    throw invalid("payload must be JSON", typeof payload, error);
  }
  if (text === undefined) throw invalid("payload must be JSON", typeof payload);
  return JSON.parse(text);
}

export function encodeRecord(record: ServiceRecord): Buffer {
  const { name, id, address, port, payload, registeredAtMs, meta, enabled } = record;
  return Buffer.from(
    JSON.stringify({
      name,
      id,
      address,
      port,
      sslPort: null,
      payload,
      registrationTimeUTC: registeredAtMs,
      serviceType: "DYNAMIC",
      uriSpec: null,
      // Absent reads as true, and Curator leaves it out, too.
      ...(enabled ? {} : { enabled }),
      meta,
    }),
  );
}

/**
 * Reads a node that anybody may have written.
 *
 * @returns undefined when it is no instance; `"disabled"` when it is one that is not in use.
 */
export function decodeRecord(name: string, id: string, data: Buffer | null): ServiceInstance | "disabled" | undefined {
  const fields = data === null ? undefined : parseObject(data.toString("utf8"));
  return fields === undefined ? undefined : instanceOf(name, id, fields);
}

/** The instance that a parsed record describes; as {@link decodeRecord}. */
export function instanceOf(
  name: string,
  id: string,
  fields: Record<string, unknown>,
): ServiceInstance | "disabled" | undefined {
  const { enabled = true, registrationTimeUTC = 0, payload = null, uriSpec = null, meta = {} } = fields;
  const address = addressOf(fields);
  if (address === undefined || typeof registrationTimeUTC !== "number" || !isObject(meta)) return undefined;
  if (typeof enabled !== "boolean") return undefined;
  if (!enabled) return "disabled";
  return Object.freeze({
    name,
    id,
    ...address,
    meta: Object.freeze(plainMeta(meta)),
    payload: withoutClass(payload),
    uriSpec,
    registeredAtMs: registrationTimeUTC,
  });
}

/** What callers rely on, whoever wrote it; undefined when it is no address. */
export function addressOf(found: {
  readonly address?: unknown;
  readonly port?: unknown;
  readonly sslPort?: unknown;
}): Pick<ServiceInstance, "address" | "port" | "sslPort"> | undefined {
  const { address } = found;
  const port = portOf(found.port);
  const sslPort = portOf(found.sslPort);
  if (typeof address !== "string" || address === "" || port === undefined || sslPort === undefined) return undefined;
  return { address, port, sslPort };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // the caller counts it
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function portOf(value: unknown): number | null | undefined {
  if (value === undefined || value === null) return null;
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535 ? Number(value) : undefined;
}

/** Own keys alone: `__proto__` is a key like any other. Other kinds of values are not metadata. */
function plainMeta(meta: Record<string, unknown>): ServiceMeta {
  const entries = Object.entries(meta).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  return Object.fromEntries(entries) as ServiceMeta;
}

/** Java's type marker, which means nothing here. */
function withoutClass(payload: unknown): unknown {
  if (!isObject(payload) || !Object.hasOwn(payload, "@class")) return payload;
  return Object.fromEntries(Object.entries(payload).filter(([key]) => key !== "@class"));
}

function invalid(why: string, value: unknown, cause?: unknown): ZooKeeperError {
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : String(value);
  const origin = cause === undefined ? {} : { cause };
  return new ZooKeeperError("REGISTRY_INVALID_SERVICE", `${why}, got ${shown}`, { ...origin, op: "register" });
}
