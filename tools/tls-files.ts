/** Certificates and keys for tests of TLS, as PEM. Valid for a hundred years, and used nowhere else. */
import { fileURLToPath } from "node:url";

/** Those of the server, for `localhost` and `127.0.0.1`, and of the client are signed by `ca`; `other-ca` is a stranger. */
export type TlsFile = "ca.crt" | "other-ca.crt" | "server.crt" | "server.key" | "client.crt" | "client.key";

/** The path of one. */
export function tlsFile(name: TlsFile): string {
  return fileURLToPath(new URL(`tls/${name}`, import.meta.url));
}
