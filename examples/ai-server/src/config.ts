/** The configuration of ai-server: environment variables only, checked before anything is opened. */
import { hostname } from "node:os";
import { isLoopback } from "./loopback.ts";
import { type CipherKey, parseCipherKey } from "./rpc/key-cipher.ts";

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

export interface Config {
  readonly rpcHost: string;
  /** 0 = a free port. */
  readonly rpcPort: number;
  /** The address that callers find in the registry. */
  readonly rpcAdvertise: string;
  readonly rpcSharedSecret: string | undefined;
  readonly mysqlUrl: string;
  readonly redisUrl: string;
  /** Connect string of ZooKeeper; undefined: no registration. */
  readonly zookeeper: string | undefined;
  readonly logLevel: LogLevel;
  /** Folder of the log files; undefined: stdout. */
  readonly logDir: string | undefined;
  /** Undefined: the built-in offline demo. */
  readonly provider: ProviderConfig | undefined;
  /** The first one encrypts. Empty: the demo, with a key of its own for each start. */
  readonly cipherKeys: readonly CipherKey[];
  readonly contextTokens: number;
  readonly tokenTtlS: number;
  readonly detachGraceMs: number;
}

interface ProviderConfig {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  /** For users without a key of their own. */
  readonly apiKey: string | undefined;
  readonly model: string;
  readonly models: readonly string[];
  /** PEM file with further certificate authorities. */
  readonly caFile: string | undefined;
}

/** A variable has a wrong value. The process ends with status 78 (EX_CONFIG of sysexits.h) and this one line. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const AI_VARIABLES = new Set([
  "AI_BASE_URL",
  "AI_ALLOWED_BASE_URLS",
  "AI_API_KEY",
  "AI_MODEL",
  "AI_MODELS",
  "AI_KEY_SECRET",
  "AI_KEY_SECRET_PREVIOUS",
  "AI_CA_FILE",
  "AI_CONTEXT_TOKENS",
  "AI_TOKEN_TTL_S",
  "AI_DETACH_GRACE_MS",
  // chat-server's
  "AI_RPC_TARGET",
]);

type Env = Readonly<Record<string, string | undefined>>;
type Warn = (message: string) => void;

/**
 * @param warn told of `AI_…` variables that nobody reads: a typing mistake in one would go unnoticed.
 * @throws ConfigError naming the variable, its range and, unless it may hold a secret, the value.
 */
export function readConfig(env: Env, warn: Warn = () => {}): Config {
  const read = reader(env);
  for (const name of Object.keys(env))
    if (name.startsWith("AI_") && !AI_VARIABLES.has(name)) warn(`${name} is not a variable of ai-server`);
  const provider = readProvider(env, warn);
  const rpcHost = read.text("RPC_HOST") ?? "127.0.0.1";
  const rpcSharedSecret = read.text("RPC_SHARED_SECRET");
  if (rpcSharedSecret === undefined && !isLoopback(rpcHost))
    throw new ConfigError(
      `RPC_SHARED_SECRET: must be set when RPC_HOST is not a loopback address, got RPC_HOST "${rpcHost}"`,
    );
  return {
    rpcHost,
    rpcPort: read.integer("RPC_PORT", 9090, 0, 65_535),
    rpcAdvertise: read.text("RPC_ADVERTISE") ?? (isWildcard(rpcHost) ? hostname() : rpcHost),
    rpcSharedSecret,
    mysqlUrl: withDatabase(read.url("MYSQL_URL", "mysql://servertech_user:temp_password@127.0.0.1:3306/", ["mysql:"])),
    redisUrl: read.url("REDIS_URL", "redis://127.0.0.1:6379", ["redis:", "rediss:"]),
    zookeeper: read.text("ZOOKEEPER")?.replace(/^zk:\/\//, ""),
    logLevel: read.oneOf("LOG_LEVEL", "info", LOG_LEVELS),
    logDir: read.text("LOG_DIR"),
    provider,
    cipherKeys: readCipherKeys(env, provider === undefined),
    contextTokens: read.integer("AI_CONTEXT_TOKENS", 8_000, 1, 10_000_000),
    tokenTtlS: read.integer("AI_TOKEN_TTL_S", 86_400, 1, 31_536_000),
    detachGraceMs: read.integer("AI_DETACH_GRACE_MS", 60_000, 0, 3_600_000),
  };
}

function reader(env: Env) {
  const text = (name: string): string | undefined => env[name] || undefined;
  return {
    text,
    integer(name: string, fallback: number, min: number, max: number): number {
      const given = text(name);
      if (given === undefined) return fallback;
      const value = Number(given);
      if (!/^\d+$/.test(given) || value < min || value > max)
        throw new ConfigError(`${name}: must be an integer from ${min} to ${max}, got "${given}"`);
      return value;
    },
    oneOf<T extends string>(name: string, fallback: T, values: readonly T[]): T {
      const given = text(name) ?? fallback;
      const value = values.find((one) => one === given);
      if (value === undefined) throw new ConfigError(`${name}: must be one of ${values.join(", ")}, got "${given}"`);
      return value;
    },
    url(name: string, fallback: string, protocols: readonly string[]): string {
      const value = text(name) ?? fallback;
      // The value may hold a password: it is not repeated.
      if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol))
        throw new ConfigError(`${name}: must be a URL that begins with ${protocols.map((p) => `${p}//`).join(" or ")}`);
      return value;
    },
    list(name: string): string[] {
      return (text(name) ?? "").split(",").flatMap((item) => item.trim() || []);
    },
  };
}

function readProvider(env: Env, warn: Warn): ProviderConfig | undefined {
  const read = reader(env);
  if (read.text("AI_BASE_URL") === undefined) {
    for (const name of ["AI_API_KEY", "AI_MODEL", "AI_MODELS", "AI_CA_FILE"])
      if (read.text(name) !== undefined) warn(`${name} does nothing without AI_BASE_URL: the offline demo answers`);
    return undefined;
  }
  const baseUrl = withoutSlash(read.url("AI_BASE_URL", "", ["https:", "http:"]));
  const { protocol, hostname: host, username, password } = new URL(baseUrl);
  if (username !== "" || password !== "") throw new ConfigError("AI_BASE_URL: must not hold a user or password");
  if (protocol === "http:" && !isLoopback(host)) warn("AI_BASE_URL is not https: API keys can be read on the way");
  const allowed = read.list("AI_ALLOWED_BASE_URLS").map(withoutSlash);
  if (allowed.length > 0 && !allowed.includes(baseUrl))
    throw new ConfigError(`AI_BASE_URL: must be one of AI_ALLOWED_BASE_URLS, got "${baseUrl}"`);
  const model = read.text("AI_MODEL");
  if (model === undefined) throw new ConfigError("AI_MODEL: must be set when AI_BASE_URL is");
  const models = read.list("AI_MODELS");
  for (const name of [model, ...models])
    if (name.length > 100) throw new ConfigError(`AI_MODELS: a name must be at most 100 characters, got "${name}"`);
  const apiKey = read.text("AI_API_KEY");
  if (apiKey !== undefined && !/^[\x21-\x7e]{1,200}$/.test(apiKey))
    throw new ConfigError("AI_API_KEY: must be 1 to 200 printable ASCII characters");
  return {
    baseUrl,
    apiKey,
    model,
    models: models.includes(model) ? models : [model, ...models],
    caFile: read.text("AI_CA_FILE"),
  };
}

function readCipherKeys(env: Env, demo: boolean): CipherKey[] {
  const read = reader(env);
  const key = (name: string, given: string): CipherKey => {
    const parsed = parseCipherKey(given);
    if (parsed === undefined)
      throw new ConfigError(
        `${name}: must be 32 bytes as base64, or id:base64 with an id of 1 to 16 letters and digits`,
      );
    return parsed;
  };
  const previous = read.list("AI_KEY_SECRET_PREVIOUS").map((given) => key("AI_KEY_SECRET_PREVIOUS", given));
  const current = read.text("AI_KEY_SECRET");
  if (current !== undefined) return [key("AI_KEY_SECRET", current), ...previous];
  if (!demo)
    throw new ConfigError("AI_KEY_SECRET: must be set when AI_BASE_URL is: 32 bytes as base64, it encrypts API keys");
  return [];
}

function isWildcard(host: string): boolean {
  return ["0.0.0.0", "::", "[::]", "*"].includes(host);
}

const withoutSlash = (url: string): string => url.replace(/\/+$/, "");

const DATABASE = "servertech_ai";

/** A URL without a database means ours. */
function withDatabase(url: string): string {
  const parsed = new URL(url);
  if (parsed.pathname === "" || parsed.pathname === "/") parsed.pathname = `/${DATABASE}`;
  return parsed.href;
}
