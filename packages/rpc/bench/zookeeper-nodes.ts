/** What the benchmarks of ZooKeeper share: records as our registrations write them, and a connected peer. */
import zookeeper, { type Client } from "node-zookeeper-client";

export const SERVICE = "ai";

/** The record of an instance. */
export function record(id: string): Buffer {
  return Buffer.from(
    JSON.stringify({
      name: SERVICE,
      id,
      address: "10.0.0.5",
      port: 9_000,
      sslPort: null,
      payload: null,
      registrationTimeUTC: 1_795_333_080_030,
      serviceType: "DYNAMIC",
      uriSpec: null,
      meta: { weight: 1, zone: "a", proto: "ttrpc", v: "1.4.0" },
    }),
  );
}

/** A client of node-zookeeper-client that has its session. */
export async function connectedPeer(connect: string): Promise<Client> {
  const client = zookeeper.createClient(connect, { sessionTimeout: 10_000 });
  const connected = new Promise<void>((resolve) => {
    client.once("connected", resolve);
  });
  client.connect();
  await connected;
  return client;
}
