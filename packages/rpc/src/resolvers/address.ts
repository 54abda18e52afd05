import { isIP, isIPv6 } from "node:net";

export interface Address {
  /** Name or address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, IPv6 in brackets, the port from 1 to 65535; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([^\]\s]+)\]|([^:/[\]\s]+)):(\d{1,5})$/.exec(text);
  const [, ipv6, name, digits] = match ?? [];
  const host = ipv6 ?? name;
  if (host === undefined || (ipv6 !== undefined && !isIPv6(ipv6))) return undefined;
  const port = Number(digits);
  return port < 1 || port > 65_535 ? undefined : { host, port };
}

/** `host:port`, IPv6 in brackets: what an endpoint is called when nobody named it. */
export function addressText(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** Whether DNS can be asked for it: 253 characters in labels of 1 to 63 letters, digits, `-` and `_`, the last no number. */
export function isDnsName(name: string): boolean {
  const bare = name.endsWith(".") ? name.slice(0, -1) : name;
  const labels = bare.split(".");
  // A name that ends in a number is a mistyped IPv4 address.
  return bare.length <= 253 && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? "");
}

/** The addresses that a host has without asking DNS: its own when it is one, and those of `localhost`. */
export function knownAddresses(host: string): readonly string[] | undefined {
  if (isIP(host) !== 0) return [host];
  // It always means the loopback: https://www.rfc-editor.org/rfc/rfc6761#section-6.3
  return /^(?:.+\.)?localhost\.?$/i.test(host) ? ["127.0.0.1", "::1"] : undefined;
}
