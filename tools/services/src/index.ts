export { findChromium } from "./binaries.ts";
export { ensurePackages } from "./ensure-packages.ts";
export { ServiceError } from "./errors.ts";
export { freePort } from "./ports.ts";
export { createProxy } from "./proxy/create-proxy.ts";
export { startServer } from "./start-server.ts";
export { startServices } from "./start-services.ts";
export { Watchdog } from "./watchdog.ts";

export type { EnsuredPackages, EnsurePackagesOptions } from "./ensure-packages.ts";
export type { ServiceErrorCode } from "./errors.ts";
export type { Proxy, ProxyOptions, ProxyStats, SetArguments } from "./proxy/create-proxy.ts";
export type {
  BandwidthOptions,
  CutAfterOptions,
  Direction,
  LatencyOptions,
  ModeName,
  ModeOptions,
  SliceOptions,
} from "./proxy/mode.ts";
export type { ServerKind } from "./recipe.ts";
export type { Server, ServerOptions, ServerOptionsByKind, ZooKeeperServerOptions } from "./start-server.ts";
export type { ServiceInfo, Services, ServiceUrls, StartServicesOptions } from "./start-services.ts";
