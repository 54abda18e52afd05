/** The configuration of chat-server: environment variables only, checked before anything is opened. */

/** How often something may be done: `count` per `periodMs`, up to `burst` of them at once. */
export interface Limit {
  readonly count: number;
  readonly periodMs: number;
  readonly burst: number;
}

export interface Config {
  readonly host: string;
  readonly port: number;
  readonly mysqlUrl: string;
  readonly redisUrl: string;
  /** Connect string of ZooKeeper; undefined: `aiTarget` is used. */
  readonly zookeeper: string | undefined;
  readonly aiTarget: string;
  readonly rpcSharedSecret: string | undefined;
  /** Opens the operator's page to those who know it; undefined: it is for this machine only. */
  readonly opsToken: string | undefined;
  readonly logLevel: string;
  /** Folder of the log files; undefined: stdout. */
  readonly logDir: string | undefined;
  /** A folder to serve instead of the built web client. */
  readonly staticDir: string | undefined;
  /** How many proxies in front are believed. */
  readonly trustProxy: number;
  readonly allowedOrigins: readonly string[];
  readonly scrypt: { readonly ln: number; readonly concurrency: number; readonly queue: number };
  readonly maxSockets: number;
  readonly maxSocketsPerUser: number;
  readonly roomMaxMessages: number;
  readonly nonceTtlS: number;
  /** `@ai` in a room is answered there. */
  readonly roomAi: boolean;
  readonly limits: Readonly<Record<LimitName, Limit>>;
}

const LIMITS = {
  loginIpEmail: ["LIMIT_LOGIN_IP_EMAIL", "10/300"],
  loginIp: ["LIMIT_LOGIN_IP", "30/300"],
  signupIp: ["LIMIT_SIGNUP_IP", "60/3600"],
  messages: ["LIMIT_MESSAGES", "10/1+20"],
  ai: ["LIMIT_AI", "20/60"],
  createRoom: ["LIMIT_CREATE_ROOM", "20/86400"],
} as const;
export type LimitName = keyof typeof LIMITS;

/** A variable has a wrong value. The process ends with status 78 (EX_CONFIG of sysexits.h) and this one line. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * @param args the command line: `--doc-root DIR` is the same as `STATIC_DIR`.
 * @param warn told of `LIMIT_…` and `AI_…` variables that nobody reads: a typing mistake in one would go unnoticed.
 * @throws ConfigError naming the variable, its range and the value.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[] = [],
  warn: (message: string) => void = () => {},
): Config {
  const integer = (name: string, fallback: number, min: number, max: number): number => {
    const text = env[name];
    if (text === undefined || text === "") return fallback;
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max)
      throw new ConfigError(`${name}: must be an integer from ${min} to ${max}, got "${text}"`);
    return value;
  };
  const text = (name: string): string | undefined => env[name] || undefined;
  const url = (name: string, fallback: string, protocols: readonly string[]): string => {
    const value = text(name) ?? fallback;
    // The value may hold a password: it is not repeated.
    if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol))
      throw new ConfigError(`${name}: must be a URL that begins with ${protocols.map((p) => `${p}//`).join(" or ")}`);
    return value;
  };
  const limit = (name: string, fallback: string): Limit => {
    const value = text(name) ?? fallback;
    const match = /^(\d{1,9})\/(\d{1,9})(?:\+(\d{1,9}))?$/.exec(value);
    const [count, seconds] = [Number(match?.[1]), Number(match?.[2])];
    if (match === null || count < 1 || seconds < 1)
      throw new ConfigError(`${name}: must be count/seconds or count/seconds+burst, each at least 1, got "${value}"`);
    return { count, periodMs: seconds * 1_000, burst: match[3] === undefined ? count : Math.max(1, Number(match[3])) };
  };
  for (const name of Object.keys(env)) {
    const known = name === "AI_RPC_TARGET" || Object.values(LIMITS).some(([variable]) => variable === name);
    if (!known && name.startsWith("LIMIT_")) warn(`${name} is not a variable of chat-server`);
  }
  const docRoot = args.indexOf("--doc-root");
  if (docRoot >= 0 && args[docRoot + 1] === undefined)
    throw new ConfigError("--doc-root: must be followed by a folder");
  return {
    host: text("HOST") ?? "127.0.0.1",
    port: integer("PORT", 8080, 0, 65_535),
    mysqlUrl: withDatabase(url("MYSQL_URL", "mysql://servertech_user:temp_password@127.0.0.1:3306/", ["mysql:"])),
    redisUrl: url("REDIS_URL", "redis://127.0.0.1:6379", ["redis:", "rediss:"]),
    zookeeper: text("ZOOKEEPER")?.replace(/^zk:\/\//, ""),
    aiTarget: text("AI_RPC_TARGET") ?? "tcp://127.0.0.1:9090",
    rpcSharedSecret: text("RPC_SHARED_SECRET"),
    opsToken: text("OPS_TOKEN"),
    logLevel: text("LOG_LEVEL") ?? "info",
    logDir: text("LOG_DIR"),
    staticDir: docRoot >= 0 ? args[docRoot + 1] : text("STATIC_DIR"),
    trustProxy: integer("TRUST_PROXY", 0, 0, 16),
    allowedOrigins: (text("ALLOWED_ORIGINS") ?? "").split(",").flatMap((origin) => origin.trim() || []),
    scrypt: {
      ln: integer("SCRYPT_LN", 14, 14, 17),
      concurrency: integer("SCRYPT_CONCURRENCY", 2, 1, 64),
      queue: integer("SCRYPT_QUEUE", 64, 0, 100_000),
    },
    maxSockets: integer("MAX_SOCKETS", 20_000, 1, 1_000_000),
    maxSocketsPerUser: integer("MAX_SOCKETS_PER_USER", 20, 1, 10_000),
    roomMaxMessages: integer("ROOM_MAX_MESSAGES", 100_000, 1, 1_000_000_000),
    nonceTtlS: integer("NONCE_TTL_S", 3_600, 60, 604_800),
    roomAi: integer("ROOM_AI", 1, 0, 1) === 1,
    limits: Object.fromEntries(
      Object.entries(LIMITS).map(([name, [variable, fallback]]) => [name, limit(variable, fallback)]),
    ) as Record<LimitName, Limit>,
  };
}

const DATABASE = "servertech_chat";

/** A URL without a database means ours. */
function withDatabase(url: string): string {
  const parsed = new URL(url);
  if (parsed.pathname === "" || parsed.pathname === "/") parsed.pathname = `/${DATABASE}`;
  return parsed.href;
}
