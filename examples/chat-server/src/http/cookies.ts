/** The session cookie. Its value is standard base64 with padding and goes into the header as it is. */

export const SESSION_SECONDS = 604_800;

/** 16 bytes in base64: 22 characters and the padding. */
const SESSION_ID = /^[A-Za-z0-9+/]{22}==$/;

/** The session id of a `Cookie` header: the first pair named `sid`, if its value has the form of one. */
export function sessionIdOf(header: string | undefined): string | undefined {
  for (const pair of header?.split("; ") ?? []) {
    if (!pair.startsWith("sid=")) continue;
    const value = pair.slice(4);
    return SESSION_ID.test(value) ? value : undefined;
  }
  return undefined;
}

export function sessionCookie(id: string, secure: boolean): string {
  return `sid=${id}; HttpOnly; Max-Age=${SESSION_SECONDS}; SameSite=Strict; Path=/${secure ? "; Secure" : ""}`;
}

export function expiredCookie(secure: boolean): string {
  return `sid=; HttpOnly; Max-Age=0; SameSite=Strict; Path=/${secure ? "; Secure" : ""}`;
}
