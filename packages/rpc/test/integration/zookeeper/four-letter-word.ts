/** The truth about a ZooKeeper server, from the server itself. */
import { connect } from "node:net";

/** Asks a four letter word: `dump` lists sessions with their ephemeral nodes. */
function fourLetterWord(url: string, word: "dump"): Promise<string> {
  const port = Number(url.slice(url.lastIndexOf(":") + 1));
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(word));
    socket.setEncoding("utf8");
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
