/** Slots `from..to`, both included, and the `host:port` of their master. */
export interface SlotRange {
  readonly from: number;
  readonly to: number;
  readonly address: string;
}

/** Reads the reply to CLUSTER SLOTS: https://redis.io/docs/latest/commands/cluster-slots/ */
export function readSlots(reply: unknown, askedHost: string): SlotRange[] {
  return (reply as [number, number, [string | null, number]][]).map(([from, to, [host, port]]) => ({
    from,
    to,
    // A node that does not know its own address says nothing, or `?`.
    address: addressText(host === null || host === "" || host === "?" ? askedHost : host, port),
  }));
}

/** `host:port`, with IPv6 in brackets. */
export function addressText(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The other way round. */
export function addressParts(address: string): { readonly host: string; readonly port: number } {
  const end = address.lastIndexOf(":");
  return { host: address.slice(0, end).replace(/^\[(.*)\]$/, "$1"), port: Number(address.slice(end + 1)) };
}

/** Where an error reply sends a command: `MOVED 866 127.0.0.1:7002`, or `ASK …` for this once. */
export function readMoved(message: string): { ask: boolean; slot: number; address: string } | undefined {
  const match = /^(MOVED|ASK) (\d+) (\S+):(\d+)$/.exec(message);
  if (match === null) return undefined;
  const [, kind, slot, host, port] = match as unknown as [string, string, string, string, string];
  return {
    ask: kind === "ASK",
    slot: Number(slot),
    address: addressText(host.replace(/^\[(.*)\]$/, "$1"), Number(port)),
  };
}
