import type { OptionChecks } from "@servertech/core";

/** How connections of `rediss:` are encrypted and both ends are known. Certificates and keys are PEM. */
export interface TlsOptions {
  /** Certificates to trust. @default Node's */
  ca?: string | Buffer | readonly (string | Buffer)[] | undefined;
  /** The client's own certificate, with `key`. */
  cert?: string | Buffer | undefined;
  /** Never shown in errors. */
  key?: string | Buffer | undefined;
  /** Of `key`. Never shown in errors. */
  passphrase?: string | undefined;
  /** The name that the servers' certificates must have. @default the host connected to */
  servername?: string | undefined;
  /** False accepts every certificate. @default true */
  rejectUnauthorized?: boolean | undefined;
}

const NAMES = ["ca", "cert", "key", "passphrase", "servername", "rejectUnauthorized"] as const;

/** Checks `tls`; problems are noted in `check`. @returns what was given, without what is undefined. */
export function checkTls(check: OptionChecks, tls: TlsOptions | undefined): TlsOptions {
  if (tls === undefined) return {};
  const inner = check.group("tls", tls, NAMES);
  const { passphrase, servername, rejectUnauthorized = true, ...files } = tls ?? {};
  for (const name of ["ca", "cert", "key"] as const) {
    const value = files[name];
    const list: readonly unknown[] = name === "ca" && Array.isArray(value) ? value : [value];
    if (value !== undefined && !list.every((one) => typeof one === "string" || Buffer.isBuffer(one)))
      inner.problem(name, "must be PEM, as text or Buffer", typeof value);
  }
  if ((files.cert === undefined) !== (files.key === undefined))
    inner.problem("cert", "must be given with key, and key with cert", typeof files.cert);
  if (passphrase !== undefined) inner.string("passphrase", passphrase, { minLength: 0, secret: true });
  if (servername !== undefined) inner.string("servername", servername, { maxLength: 255 });
  inner.boolean("rejectUnauthorized", rejectUnauthorized);
  return Object.fromEntries(Object.entries(tls ?? {}).filter(([, value]) => value !== undefined));
}
