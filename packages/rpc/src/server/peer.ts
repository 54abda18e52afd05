import type { TLSSocket } from "node:tls";
import type { PeerSocket } from "../peer-socket.ts";
import type { Peer } from "./handlers.ts";

/** Who is at the other end of a socket. */
export function peerOf(socket: PeerSocket): Peer {
  const { remoteAddress, remotePort } = socket;
  const tls = "getPeerCertificate" in socket ? (socket as unknown as TLSSocket) : undefined;
  const certificate = tls?.getPeerCertificate();
  return Object.freeze({
    address: remotePort === undefined ? (remoteAddress ?? "unix") : `${remoteAddress}:${remotePort}`,
    // Without one Node gives an empty object.
    certificate: certificate === undefined || Object.keys(certificate).length === 0 ? undefined : certificate,
    authorized: tls?.authorized === true,
  });
}
