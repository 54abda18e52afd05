import { connect as connectTcp, isIP } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { PeerSocket } from "../peer-socket.ts";
import type { Endpoint } from "../resolver.ts";
import { ALPN } from "../server/listener.ts";

/** Opens a socket to an endpoint. `opened` is called once it may be written to: with TLS after the handshake. */
export type Dial = (endpoint: Endpoint, opened: () => void) => PeerSocket;

/** @param tls undefined = plain. @param serverName what the server's certificate must be for, unless `tls` says. */
export function dialer(tls: ConnectionOptions | undefined, serverName: string | undefined): Dial {
  if (tls === undefined)
    return ({ host, port, path }, opened) =>
      connectTcp(path === undefined ? { host, port, noDelay: true } : { path }, opened);
  return ({ host, port, path }, opened) => {
    const name = serverName ?? host;
    const where = path === undefined ? { host, port, noDelay: true } : { path };
    // An address is no server name: https://www.rfc-editor.org/rfc/rfc6066#section-3
    const servername = name === "" || isIP(name) !== 0 ? {} : { servername: name };
    return connectTls({ ...servername, ...tls, ...where, ALPNProtocols: [ALPN] }, opened);
  };
}
