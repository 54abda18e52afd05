/** `echo.proto` for @grpc/grpc-js, as its users load it. */
import { fileURLToPath } from "node:url";
import { type Client, type ServiceClientConstructor, loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { Payload } from "./echo-service.ts";

export interface GrpcEcho extends Client {
  Unary(request: Payload, callback: (error: Error | null, reply: Payload | undefined) => void): void;
}

export function loadEcho(): ServiceClientConstructor {
  const definition = loadSync(fileURLToPath(new URL("echo.proto", import.meta.url)));
  const { bench } = loadPackageDefinition(definition) as unknown as { bench: { Echo: ServiceClientConstructor } };
  return bench.Echo;
}
