/** Sends each frame back. */
import { serve } from "@servertech/benchmarks";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { FrameSocket } from "../frame-socket.ts";

serve(async () => {
  const server = createServer((socket) => {
    const frames = new FrameSocket(socket, (id, body) => frames.send(id, body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { address: { port }, close: () => server.close() };
});
