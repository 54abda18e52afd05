import type { User } from "../socket/events.ts";

export interface Account {
  readonly username: string;
  readonly email: string;
  readonly password: string;
}

/** What the server says to a sign-up or a log-in. */
export type SignInResult =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** The server's id of the error, or `NETWORK`, or `SERVER` for an answer that is none. */
      readonly id: string;
      readonly message: string;
      readonly retryAfterMs: number | undefined;
    };

export function createAccount(account: Account): Promise<SignInResult> {
  return signIn("/api/create-account", account);
}

export function logIn({ email, password }: Pick<Account, "email" | "password">): Promise<SignInResult> {
  return signIn("/api/login", { email, password });
}

/** Ends the session. False when that did not work. */
export async function logOut(): Promise<boolean> {
  const response = await send("/api/logout", { method: "POST" });
  return response?.ok ?? false;
}

/** Who is signed in: nobody, or it cannot be said. */
export async function readSession(): Promise<User | "nobody" | "unknown"> {
  const response = await send("/api/session", { cache: "no-store" });
  if (response?.status === 401) return "nobody";
  if (response?.status !== 200) return "unknown";
  const user = await json(response);
  return typeof user.id === "number" && typeof user.username === "string"
    ? { id: user.id, username: user.username }
    : "unknown";
}

async function signIn(path: string, fields: object): Promise<SignInResult> {
  const response = await send(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(fields),
  });
  if (response === undefined) return { ok: false, id: "NETWORK", message: "", retryAfterMs: undefined };
  if (response.ok) return { ok: true };
  const { id, message } = await json(response);
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return {
    ok: false,
    id: typeof id === "string" ? id : "SERVER",
    message: typeof message === "string" ? message : "",
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : undefined,
  };
}

/** The answer; undefined when there is none. */
async function send(path: string, init: RequestInit): Promise<Response | undefined> {
  try {
    return await fetch(path, { ...init, signal: AbortSignal.timeout(35_000) });
  } catch {
    return undefined;
  }
}

async function json(response: Response): Promise<Readonly<Record<string, unknown>>> {
  try {
    const value: unknown = await response.json();
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
