/** The truth about a ZooKeeper server, from the server itself. */
import { connect } from "node:net";

/** Asks a four letter word: `dump` lists sessions with their ephemeral nodes, `cons` connections, `srvr` the server's part in its ensemble. */
export function fourLetterWord(url: string, word: "dump" | "cons" | "srvr"): Promise<string> {
  const port = Number(url.slice(url.lastIndexOf(":") + 1));
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(word));
    socket.setEncoding("utf8");
    // One that was stopped says nothing.
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on("data", (part: string) => {
      text += part;
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}

/** Paths of all ephemeral nodes below `folder`. */
export async function ephemeralNodes(url: string, folder: string): Promise<string[]> {
  const dump = await fourLetterWord(url, "dump");
  const lines = dump.split("\n").map((line) => line.trim());
  return lines.filter((line) => line.startsWith(`${folder}/`)).toSorted();
}

/** Ids of the sessions whose connections are at this server. */
export async function sessionsAt(url: string): Promise<bigint[]> {
  const connections = await fourLetterWord(url, "cons");
  return [...connections.matchAll(/sid=0x([0-9a-f]+)/g)].map(([, hex]) => BigInt.asIntN(64, BigInt(`0x${hex}`)));
}
