import type { Logger } from "@servertech/core";
import { type Address, addressText } from "./address.ts";
import { type DnsAccess, machineDns } from "./dns-client.ts";
import { HostAddresses } from "./host-addresses.ts";
import { PolledResolver } from "./polled-resolver.ts";

/** All addresses of one name, on one port: `dns:///name:port`. */
export function dnsResolver({ host, port }: Address, logger: Logger, dns: DnsAccess = machineDns): PolledResolver {
  const addresses = new HostAddresses(host, dns);
  return new PolledResolver(
    `dns:///${addressText(host, port)}`,
    async (signal) => {
      const found = await addresses.lookUp(signal);
      return {
        endpoints: found.addresses.map((address) => ({ id: addressText(address, port), host: address, port })),
        ttlMs: found.ttlMs,
      };
    },
    logger,
  );
}
