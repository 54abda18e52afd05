/** `echo.proto` for @grpc/grpc-js, as its users load it. Runs on Bun, too. */
import { fileURLToPath } from "node:url";
import {
  type Client,
  type ClientReadableStream,
  type ServiceClientConstructor,
  credentials,
  loadPackageDefinition,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { Text } from "./echoes.ts";
import type { FeedRequest } from "./feed.ts";

interface GrpcEcho extends Client {
  Unary(request: Text, callback: (error: Error | null, reply: Text | undefined) => void): void;
  Feed(request: FeedRequest): ClientReadableStream<Text>;
}

export function loadEcho(): ServiceClientConstructor {
  const definition = loadSync(fileURLToPath(new URL("echo.proto", import.meta.url)));
  const { bench } = loadPackageDefinition(definition) as unknown as { bench: { Echo: ServiceClientConstructor } };
  return bench.Echo;
}

/** A client of a server on this machine. */
export function connectGrpc(port: number): GrpcEcho {
  return new (loadEcho())(`127.0.0.1:${port}`, credentials.createInsecure()) as unknown as GrpcEcho;
}

/** The unary call as a promise. */
export function unaryOf(client: GrpcEcho): (request: Text) => Promise<Text> {
  return (request) =>
    new Promise((resolve, reject) => {
      client.Unary(request, (error, reply) => {
        if (reply === undefined) reject(error ?? new Error("no reply"));
        else resolve(reply);
      });
    });
}
