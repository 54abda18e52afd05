import { serve } from "@servertech/benchmarks";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { Echo } from "../connect-echo.ts";
import { feed } from "../feed.ts";

serve(async () => {
  const handler = connectNodeAdapter({
    routes: (router) =>
      router.service(Echo, {
        unary: ({ text }) => ({ text }),
        feed,
      }),
  });
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { address: { port }, close: () => server.close() };
});
