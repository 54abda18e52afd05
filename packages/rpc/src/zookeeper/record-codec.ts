import { ZooKeeperError } from "./client/errors.ts";
import type { ServiceInstance } from "./registry-types.ts";
import { decodeRecord, encodeRecord, addressOf, type ServiceRecord } from "./service-record.ts";

/** An instance together with whether it is in use. */
export interface CodecInstance extends ServiceInstance {
  /** @default true */
  readonly enabled?: boolean | undefined;
}

/** Reads and writes the nodes of instances in a layout of your own, such as Dubbo's or Finagle's. */
export interface ServiceCodec {
  /** What the node of an instance holds. What it throws fails the registration. */
  encode(instance: CodecInstance): Uint8Array;
  /**
   * What a node that anybody may have written says; undefined, or anything thrown, when it is no instance: it is skipped
   * and counted.
   *
   * @param id the node's name, which is the id of the instance, too.
   * @param data null for a node without data.
   */
  decode(id: string, data: Buffer | null): CodecInstance | undefined;
}

/** What registrations and caches use. */
export interface RecordCodec {
  /** @throws {@link ZooKeeperError} `REGISTRY_INVALID_SERVICE` */
  encode(record: ServiceRecord): Uint8Array;
  /** @returns undefined when it is no instance; `"disabled"` when it is one that is not in use. */
  decode(name: string, id: string, data: Buffer | null): ServiceInstance | "disabled" | undefined;
}

export const curatorCodec: RecordCodec = { encode: encodeRecord, decode: decodeRecord };

export function recordCodecOf(codec: ServiceCodec): RecordCodec {
  return {
    encode(record) {
      try {
        const bytes = codec.encode({ ...record, sslPort: null, uriSpec: null });
        if (bytes instanceof Uint8Array) return bytes;
      } catch (cause) {
        throw new ZooKeeperError("REGISTRY_INVALID_SERVICE", "the codec cannot write the service", { cause });
      }
      throw new ZooKeeperError("REGISTRY_INVALID_SERVICE", "the codec gave no bytes for the service");
    },
    decode(name, id, data) {
      let found: CodecInstance | undefined;
      try {
        found = codec.decode(id, data);
      } catch {
        return undefined; // the caller counts it
      }
      const address = addressOf(found ?? {});
      if (found === undefined || address === undefined) return undefined;
      const { enabled = true, meta, payload, uriSpec, registeredAtMs } = found;
      if (!enabled) return "disabled";
      return Object.freeze({
        name,
        id,
        ...address,
        meta: Object.freeze({ ...meta }),
        payload,
        uriSpec,
        registeredAtMs,
      });
    },
  };
}
