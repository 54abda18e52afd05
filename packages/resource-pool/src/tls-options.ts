import type { OptionChecks } from "@servertech/core";

/** How connections are encrypted and both ends are known. Certificates and keys are PEM. */
export interface TlsOptions {
  /** Certificates to trust. @default Node's */
  ca?: string | Buffer | readonly (string | Buffer)[] | undefined;
  /** The client's own certificate, with `key`. */
  cert?: string | Buffer | undefined;
  /** Never shown in errors. */
  key?: string | Buffer | undefined;
  /** Of `key`. Never shown in errors. */
  passphrase?: string | undefined;
  /** The name that the server's certificate must have. @default the host connected to */
  servername?: string | undefined;
  /** False accepts every certificate. @default true */
  rejectUnauthorized?: boolean | undefined;
}

const NAMES: readonly (keyof TlsOptions)[] = ["ca", "cert", "key", "passphrase", "servername", "rejectUnauthorized"];

/** Checks the option `tls`; problems are noted in `check`. @returns what was given, without what is undefined. */
export function checkTlsOptions(check: OptionChecks, tls: TlsOptions): TlsOptions {
  const inner = check.group("tls", tls, NAMES);
  const { passphrase, servername, rejectUnauthorized = true, ...files } = tls ?? {};
  const wrong = (["ca", "cert", "key"] as const).filter((name) => !isPem(files[name], name === "ca"));
  for (const name of wrong) inner.problem(name, "must be PEM, as text or Buffer", typeof files[name]);
  if (wrong.length === 0 && (files.cert === undefined) !== (files.key === undefined))
    inner.problem("cert", "must be given with key, and key with cert", typeof files.cert);
  if (passphrase !== undefined) inner.string("passphrase", passphrase, { minLength: 0, secret: true });
  if (servername !== undefined) inner.string("servername", servername, { maxLength: 255 });
  inner.boolean("rejectUnauthorized", rejectUnauthorized);
  return Object.fromEntries(Object.entries(tls ?? {}).filter(([, value]) => value !== undefined));
}

function isPem(value: unknown, several: boolean): boolean {
  if (several && Array.isArray(value)) return value.every((one) => one !== undefined && isPem(one, false));
  return value === undefined || typeof value === "string" || Buffer.isBuffer(value);
}
