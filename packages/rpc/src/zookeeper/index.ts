export { createZooKeeperRegistry } from "./zookeeper-registry.ts";
export { zookeeper } from "./zookeeper-resolver.ts";
export { createZooKeeperClient, ZooKeeperClient } from "./client/zookeeper-client.ts";
export { ZooKeeperError } from "./client/errors.ts";
export { digestAcl } from "./client/acl.ts";

export type { PanicGuardOptions, ZooKeeperRegistryOptions } from "./options.ts";
export type {
  Registration,
  RegistrationState,
  Registry,
  RegistryHealth,
  RegistryStats,
  ServiceChange,
  ServiceInit,
  ServiceInstance,
  ServiceMeta,
  ServiceWatcher,
} from "./registry-types.ts";
export type { CodecInstance, ServiceCodec } from "./record-codec.ts";
export type { RegistryStateMessage } from "./zookeeper-registry.ts";
export type { ZooKeeperResolverOptions } from "./zookeeper-resolver.ts";
export type { Acl } from "./client/acl.ts";
export type { ZooKeeperErrorCode, ZooKeeperErrorOptions } from "./client/errors.ts";
export type { ZooKeeperAuth, ZooKeeperClientOptions } from "./client/options.ts";
export type { CreateMode, Stat, WatchEventType, WatchMode } from "./client/records.ts";
export type { ClientState } from "./client/session-machine.ts";
export type {
  CreateOptions,
  ReadOptions,
  RequestOptions,
  VersionOptions,
  WatchEvent,
  ZooKeeperClientEvents,
  ZooKeeperClientStats,
} from "./client/zookeeper-client.ts";
