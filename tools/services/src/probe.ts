import { connect } from "node:net";

const PROBE_TIMEOUT_MS = 1_000;

/**
 * Asks 127.0.0.1:`port` one question.
 *
 * @param question what to send, empty where the server speaks first.
 * @param enough says whether the answer so far will do; without it the answer ends with the connection.
 * @returns the answer, `undefined` when there was none within a second.
 */
export function probe(
  port: number,
  question: string,
  enough: (answer: Buffer) => boolean = () => false,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let answer: Buffer = Buffer.alloc(0);
    const socket = connect({ port, host: "127.0.0.1" });
    const done = (result: Buffer | undefined) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => done(undefined));
    socket.on("connect", () => socket.write(question));
    socket.on("data", (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (enough(answer)) done(answer);
    });
    socket.on("end", () => done(answer));
    // A refused or broken connection is an answer too: nobody there, ask again.
    socket.on("error", () => done(undefined));
  });
}
