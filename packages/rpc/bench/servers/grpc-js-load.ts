/**
 * The calling side of @grpc/grpc-js on Bun: a process that makes calls for as long as `POST /<durationMs>` asks, and answers with
 * what it measured.
 */
import { LatencyHistogram, type Measured, serve } from "@servertech/benchmarks";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { echoes } from "../echoes.ts";
import { connectGrpc, unaryOf } from "../grpc-echo.ts";

serve(async (argument) => {
  const { port: target, inFlight, bytes } = argument as { port: number; inFlight: number; bytes: number };
  const client = connectGrpc(target);
  const operation = echoes(bytes, unaryOf(client));
  const control = createServer((request, response) => {
    calls(Number(request.url?.slice(1)), inFlight, operation).then(
      (measured) => response.end(JSON.stringify(measured)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  }).listen(0, "127.0.0.1");
  await once(control, "listening");
  const { port } = control.address() as AddressInfo;
  return {
    address: { port },
    close: () => {
      client.close();
      control.closeAllConnections();
      control.close();
    },
  };
});

async function calls(durationMs: number, callers: number, operation: () => Promise<void>): Promise<Measured> {
  const latencies = new LatencyHistogram();
  const begin = performance.now();
  const end = begin + durationMs;
  const loop = async () => {
    let before = performance.now();
    do {
      await operation();
      const now = performance.now();
      latencies.record((now - before) * 1e3);
      before = now;
    } while (before < end);
  };
  await Promise.all(Array.from({ length: callers }, loop));
  return {
    operations: latencies.total,
    elapsedMs: performance.now() - begin,
    metrics: { p50Us: latencies.quantile(0.5), p99Us: latencies.quantile(0.99) },
  };
}
