import { createLogger, fileSink, stdoutSink } from "@servertech/async-logger";
import { startApp } from "./app.ts";
import { type Config, ConfigError, readConfig } from "./config.ts";
import { SchemaError } from "./database.ts";
import { rootMessage } from "./wait-for.ts";

/** EX_CONFIG of sysexits.h. */
const BAD_CONFIG = 78;
const SECRETS = ["password", "authorization", "apiKey", "api_key", "token"];

const warnings: string[] = [];
const config = readOrExit();
const log = createLogger({
  name: "ai-server",
  level: config.logLevel,
  redact: { keys: SECRETS },
  sinks: [
    config.logDir === undefined
      ? stdoutSink()
      : fileSink({ prefix: `${config.logDir}/ai_`, rotate: { sizeBytes: 64 * 1024 * 1024 } }),
  ],
  // The life cycle below decides what a signal means.
  handleSignals: false,
});
for (const warning of warnings) log.warn(warning);

const { lifecycle, started, stats } = startApp(config, log, (line) => {
  log.warn(line);
  process.stderr.write(`ai-server: ${line}\n`);
});
lifecycle.add("logger", log);
lifecycle.installSignalHandlers();
process.on("SIGUSR2", () => log.info(stats(), "stats"));
try {
  const { host, port } = await started;
  log.info({ host, port, demo: config.provider === undefined }, "listening");
  process.stdout.write(`ai-server listening on ${host}:${port}\n`);
} catch (error) {
  // A shutdown that began meanwhile ends the process by itself.
  if (lifecycle.phase === undefined) {
    log.error({ err: error }, "cannot start");
    process.stderr.write(`ai-server cannot start: ${hasOwnWords(error) ? error.message : rootMessage(error)}\n`);
    await lifecycle.shutdown("it cannot start");
    process.exit(error instanceof ConfigError ? BAD_CONFIG : 1);
  }
}

/** What says by itself what to do; of all else the first cause says most. */
function hasOwnWords(error: unknown): error is Error {
  return error instanceof ConfigError || error instanceof SchemaError;
}

function readOrExit(): Config {
  try {
    return readConfig(process.env, (warning) => warnings.push(warning));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(BAD_CONFIG);
  }
}
