export { findChromium } from "./binaries.ts";
export { ServiceError } from "./errors.ts";
export { freePort } from "./ports.ts";
export { startServer } from "./start-server.ts";
export { startServices } from "./start-services.ts";

export type { ServiceErrorCode } from "./errors.ts";
export type { ServerKind } from "./recipe.ts";
export type { Server, ServerOptions, ServerOptionsByKind, ZooKeeperServerOptions } from "./start-server.ts";
export type { ServiceInfo, Services, ServiceUrls, StartServicesOptions } from "./start-services.ts";
