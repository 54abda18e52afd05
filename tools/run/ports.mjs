import { createServer } from "node:net";
import { RunError } from "./run-error.mjs";

const LAST_PORT = 65_535;

/** `count` free ports of `host`, the first ones from `first` on. */
export async function portsFrom(first, count, host) {
  if (!Number.isInteger(first) || first < 1 || first > LAST_PORT)
    throw new RunError(`PORT: must be an integer from 1 to ${LAST_PORT}, got "${process.env.PORT}"`);
  const ports = [];
  for (let port = first; ports.length < count; port += 1) {
    if (port > LAST_PORT) throw new RunError(`no free port from ${first} on`);
    if (await isFree(port, host)) ports.push(port);
  }
  return ports;
}

function isFree(port, host) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(false);
      else reject(new RunError(`cannot listen on ${host}: ${error.message}`, 1, { cause: error }));
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
