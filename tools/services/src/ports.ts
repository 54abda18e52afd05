import { randomInt } from "node:crypto";
import { createServer } from "node:net";

// Below the ranges from which Linux (32768 up) and macOS (49152 up) take the local ports of outgoing connections. A port from
// inside could be taken while its server is down, or by a client of that server which so connects to itself.
const LOWEST = 20_000;
const HIGHEST = 32_000;
const TRIES = 50;

/** A TCP port that was free on 127.0.0.1 a moment ago. It may be taken again: whoever uses it must be ready to ask anew. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isBindable(port)) return port;
  }
  return bind(0);
}

/** Whether 127.0.0.1:`port` can be listened on now. */
export async function isBindable(port: number): Promise<boolean> {
  try {
    await bind(port);
    return true;
  } catch {
    return false;
  }
}

function bind(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      const bound = typeof address === "object" && address !== null ? address.port : port;
      server.close(() => resolve(bound));
    });
  });
}
