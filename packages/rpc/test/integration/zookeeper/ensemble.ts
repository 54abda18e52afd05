import { freePort, type Server, startServer } from "@servertech/services";
import { vi } from "vitest";
import { fourLetterWord } from "./four-letter-word.ts";

/** Three ZooKeepers on loopback that make one ensemble. */
export interface Ensemble extends AsyncDisposable {
  readonly servers: readonly Server[];
  /** A connect string with all three. */
  readonly connect: string;
  leader(): Promise<Server>;
  /** Resolves once all three serve. */
  ready(): Promise<void>;
}

const MODE = /^Mode: (\w+)/m;

async function modeOf(server: Server): Promise<string | undefined> {
  const text = await fourLetterWord(server.url, "srvr").catch(() => "");
  return MODE.exec(text)?.[1];
}

export async function startEnsemble(): Promise<Ensemble> {
  const members = await Promise.all([1, 2, 3].map(async (id) => ({ id, ports: [await freePort(), await freePort()] })));
  const lines = members.map(({ id, ports }) => `server.${id}=127.0.0.1:${ports.join(":")}`);
  const servers = await Promise.all(members.map(({ id }) => startServer("zookeeper", { myid: id, config: lines })));
  const ensemble: Ensemble = {
    servers,
    connect: servers.map(({ url }) => url).join(","),
    async leader() {
      const modes = await Promise.all(servers.map((server) => modeOf(server)));
      const leader = servers[modes.indexOf("leader")];
      if (leader === undefined) throw new Error("no leader");
      return leader;
    },
    async ready() {
      const check = async () => {
        const modes = await Promise.all(servers.map((server) => modeOf(server)));
        const followers = modes.filter((mode) => mode === "follower").length;
        if (followers !== 2 || !modes.includes("leader")) throw new Error(`the modes are ${modes.join()}`);
      };
      await vi.waitFor(check, { timeout: 30_000, interval: 50 });
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
  await ensemble.ready();
  return ensemble;
}
