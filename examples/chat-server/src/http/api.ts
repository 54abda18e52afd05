/** The HTTP API: accounts and sessions, and the probes. */
import type { Health, Logger } from "@servertech/core";
import type { Accounts, User } from "../auth/accounts.ts";
import type { RateLimits } from "../auth/rate-limit.ts";
import type { Sessions } from "../auth/sessions.ts";
import type { LimitName } from "../config.ts";
import { expiredCookie, sessionCookie, sessionIdOf } from "./cookies.ts";
import type { Ops } from "./ops.ts";
import { type OriginRules, clientAddress, isSameSite, isSecure } from "./origin.ts";
import { readFields } from "./request-body.ts";
import { ApiError, sendJson, sendNothing } from "./responses.ts";
import type { Handler, Request, Routes } from "./router.ts";

export interface ApiParts {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly limits: RateLimits;
  readonly health: Health;
  readonly logger: Logger;
  readonly origin: OriginRules;
  readonly ops: Ops;
  /** Deletes a session and closes its sockets on all instances with a code. */
  readonly endSession: (session: string, userId: number, code: number) => Promise<void>;
}

const NEW_LOGIN = 1001;
const LOGGED_OUT = 1008;

export function apiRoutes(parts: ApiParts): Routes {
  const { accounts, sessions, logger, health, origin } = parts;

  /** For requests that change something. */
  const fromOwnPage =
    (handler: Handler): Handler =>
    (request) => {
      if (!isSameSite(request.raw, origin)) throw new ApiError(403, "BAD_REQUEST", "Foreign origin");
      return handler(request);
    };

  const limited = async (name: LimitName, subject: string, request: Request): Promise<void> => {
    const waitMs = await parts.limits.take(name, subject);
    if (waitMs === 0) return;
    logger.info({ event: "limit", limit: name, ip: clientAddress(request.raw, origin) }, "rate limit hit");
    const seconds = String(Math.ceil(waitMs / 1_000));
    throw new ApiError(429, "RATE_LIMITED", "Too many attempts", { "Retry-After": seconds });
  };

  /** Begins a session and ends the one that the request came with: its id may have been planted. */
  const signIn = async ({ raw, response }: Request, user: User): Promise<void> => {
    const old = sessionIdOf(raw.headers.cookie);
    const oldUser = old === undefined ? undefined : await sessions.userOf(old);
    if (old !== undefined && oldUser !== undefined) await parts.endSession(old, oldUser, NEW_LOGIN);
    const id = await sessions.create(user.id);
    sendNothing(response, { "Set-Cookie": sessionCookie(id, isSecure(raw, origin)) });
  };

  const createAccount = async (request: Request): Promise<void> => {
    const fields = await readFields(request.raw, ["username", "email", "password"]);
    const ip = clientAddress(request.raw, origin);
    await limited("signupIp", ip, request);
    const user = await accounts.create(fields);
    logger.info({ event: "signup", userId: user.id, ip }, "account created");
    await signIn(request, user);
  };

  const login = async (request: Request): Promise<void> => {
    const fields = await readFields(request.raw, ["email", "password"]);
    const ip = clientAddress(request.raw, origin);
    await limited("loginIp", ip, request);
    await limited("loginIpEmail", `${ip} ${fields.email.toLowerCase()}`, request);
    const user = await accounts.login(fields);
    logger.info({ event: user === undefined ? "login failed" : "login", userId: user?.id, ip }, "login");
    if (user === undefined) throw new ApiError(400, "LOGIN_FAILED", "Login failed");
    await signIn(request, user);
  };

  const logout = async ({ raw, response }: Request): Promise<void> => {
    const session = sessionIdOf(raw.headers.cookie);
    const userId = session === undefined ? undefined : await sessions.userOf(session);
    if (session !== undefined && userId !== undefined) {
      await parts.endSession(session, userId, LOGGED_OUT);
      logger.info({ event: "logout", userId, ip: clientAddress(raw, origin) }, "logout");
    }
    sendNothing(response, { "Set-Cookie": expiredCookie(isSecure(raw, origin)) });
  };

  const session = async ({ raw, response }: Request): Promise<void> => {
    const id = sessionIdOf(raw.headers.cookie);
    const userId = id === undefined ? undefined : await sessions.userOf(id);
    const user = userId === undefined ? undefined : await accounts.byId(userId);
    if (user === undefined) throw new ApiError(401, "LOGIN_FAILED", "No session");
    sendJson(response, 200, { id: user.id, username: user.username });
  };

  const probe =
    (which: "livez" | "readyz"): Handler =>
    ({ response }) => {
      const report = health[which]();
      sendJson(response, report.ok ? 200 : 503, report);
    };

  return {
    "/api/create-account": { POST: fromOwnPage(createAccount) },
    "/api/login": { POST: fromOwnPage(login) },
    "/api/logout": { POST: fromOwnPage(logout) },
    "/api/session": { GET: session },
    "/api/ops": { GET: parts.ops.stream },
    "/livez": { GET: probe("livez") },
    "/readyz": { GET: probe("readyz") },
  };
}
