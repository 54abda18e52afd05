import { AiFault } from "./faults.ts";

/**
 * What it means for the user that a request to the provider failed before an answer began. `retryable` here is that of
 * the request: whether this server may try again at once.
 */
export function connectionFault(error: unknown): { fault: AiFault; retry: boolean } {
  if (error instanceof AiFault) return { fault: error, retry: false };
  const codes = codesOf(error);
  const detail = codes.join(" ") || String(error);
  if (codes.some(isTlsCode)) return { fault: new AiFault("AI_TLS", { cause: error, detail }), retry: false };
  if (codes.some((code) => code.startsWith("HPE_") || code === "UND_ERR_HEADERS_OVERFLOW"))
    return { fault: new AiFault("AI_BAD_RESPONSE", { cause: error, detail }), retry: false };
  return { fault: new AiFault("AI_UNREACHABLE", { cause: error, detail }), retry: true };
}

/** The codes of an error, of its causes, and of the errors of each address that was tried. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const { code } = error as { code?: unknown };
  const inner = error instanceof AggregateError ? error.errors : [error.cause];
  return [...(typeof code === "string" ? [code] : []), ...inner.flatMap(codesOf)];
}

/** OpenSSL's verification errors and Node's own: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
function isTlsCode(code: string): boolean {
  return /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH|EPROTO$)/.test(
    code,
  );
}
