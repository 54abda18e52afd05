/** A client that is never closed, for process-exit.test.ts: its process ends once its one call has. */
import { silentLogger } from "@servertech/core";
import { createClient } from "../../src/index.ts";
import { dnsResolver } from "../../src/resolvers/dns-resolver.ts";
import { Echo } from "../echo-service.ts";
import { DnsServer } from "./dns-server.ts";

const [, , port, file] = process.argv;
const dns = await DnsServer.start();
dns.a("chat.example", ["127.0.0.1"]);
const target =
  file === undefined ? dnsResolver({ host: "chat.example", port: Number(port) }, silentLogger, dns) : `file:${file}`;
const client = createClient(Echo, { target, waitForReady: true });
const { id } = await client.unary({ id: "done" });
await dns[Symbol.asyncDispose]();
process.stdout.write(id);
