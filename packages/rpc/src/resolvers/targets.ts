import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Logger, OptionChecks } from "@servertech/core";
import type { Endpoint, Resolver } from "../resolver.ts";
import { parseZooKeeperUrl } from "../zookeeper/zookeeper-url.ts";
import { isDnsName, knownAddresses, parseAddress } from "./address.ts";
import { dnsResolver } from "./dns-resolver.ts";
import { FileResolver } from "./file-resolver.ts";
import { fixedList } from "./fixed-list.ts";
import { srvResolver } from "./srv-resolver.ts";
import { ZooKeeperTarget } from "./zookeeper-target.ts";

/** What finds the servers of one kind of target, or why its text is wrong, in words. */
type Read = (text: string, logger: Logger) => Resolver | string;

const PORT = "the port from 1 to 65535, an IPv6 address in brackets";

const KINDS: readonly { readonly prefix: string; readonly form: string; readonly read: Read }[] = [
  { prefix: "tcp://", form: "tcp://host:port", read: readTcp },
  { prefix: "unix://", form: "unix:///path", read: readUnix },
  { prefix: "dns://", form: "dns:///name:port", read: readDns },
  { prefix: "srv://", form: "srv://_service._tcp.name", read: readSrv },
  { prefix: "static:", form: "static:host:port,host:port", read: readStatic },
  { prefix: "file:", form: "file:./endpoints.json", read: readFile },
  { prefix: "zk://", form: "zk://host:port,host:port/base/service", read: readZooKeeper },
];

const FORMS = `must be ${KINDS.map(({ form }) => form).join(", ")}, or a Resolver`;

/**
 * What finds the servers of a target; a problem is noted in `check`. Nothing is opened or read before it is watched.
 *
 * @param logger hears when a target that had an answer cannot be looked up any more, and when it can again.
 */
export function resolverOf(check: OptionChecks, target: string | Resolver, logger: Logger): Resolver {
  if (typeof target === "string") {
    const kind = KINDS.find(({ prefix }) => target.startsWith(prefix));
    const resolver = kind === undefined ? FORMS : kind.read(target.slice(kind.prefix.length), logger);
    if (typeof resolver !== "string") return resolver;
    check.problem("target", resolver, target);
  } else if (typeof target !== "object" || target === null || typeof target.watch !== "function")
    check.problem("target", FORMS, target);
  return target as Resolver;
}

function readTcp(text: string): Resolver | string {
  return fixed([text.replace(/\/$/, "")]) ?? `must be tcp://host:port, ${PORT}`;
}

function readStatic(text: string): Resolver | string {
  return fixed(text.split(",")) ?? `must be static:host:port,host:port, ${PORT}`;
}

function fixed(addresses: readonly string[]): Resolver | undefined {
  const endpoints: Endpoint[] = [];
  for (const text of addresses) {
    const address = parseAddress(text.trim());
    if (address === undefined) return undefined;
    endpoints.push({ id: text.trim(), ...address });
  }
  return fixedList(endpoints);
}

function readUnix(path: string): Resolver | string {
  return path === "" ? "must be unix:///path" : fixedList([{ id: path, host: "", port: 0, path }]);
}

function readDns(text: string, logger: Logger): Resolver | string {
  const address = text.startsWith("/") ? parseAddress(text.slice(1)) : undefined;
  if (address === undefined) return `must be dns:///name:port, ${PORT}; the machine's own name servers are asked`;
  if (knownAddresses(address.host) === undefined && !isDnsName(address.host))
    return "must be dns:///name:port, the name in labels of 1 to 63 letters, digits, - and _, 253 characters in all";
  return dnsResolver(address, logger);
}

function readSrv(text: string, logger: Logger): Resolver | string {
  const [service, protocol, ...name] = text.split(".");
  const prefixed = /^_./.test(service ?? "") && /^_./.test(protocol ?? "");
  return prefixed && name.join("") !== "" && isDnsName(text)
    ? srvResolver(text, logger)
    : "must be srv://_service._tcp.name without a port, which the records have";
}

function readFile(text: string, logger: Logger): Resolver | string {
  const form = "must be file:./path, file:/path or file:///path";
  if (text === "" || text.includes("\0")) return form;
  if (!text.startsWith("//")) return new FileResolver(resolve(text), logger);
  try {
    return new FileResolver(fileURLToPath(`file:${text}`), logger);
  } catch {
    return `${form}, without a host`;
  }
}

function readZooKeeper(text: string): Resolver | string {
  const url = `zk://${text}`;
  const parsed = parseZooKeeperUrl(url);
  return typeof parsed === "string" ? parsed : new ZooKeeperTarget(url);
}
