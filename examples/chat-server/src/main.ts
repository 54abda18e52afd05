import { createLogger, fileSink, stdoutSink } from "@servertech/async-logger";
import { startApp } from "./app.ts";
import { type Config, ConfigError, readConfig } from "./config.ts";

/** EX_CONFIG of sysexits.h. */
const BAD_CONFIG = 78;
const SECRETS = ["password", "cookie", "authorization", "apiKey", "api_key", "token"];

const warnings: string[] = [];
const config = readOrExit();
const log = openLog();
for (const warning of warnings) log.warn(warning);

try {
  const { lifecycle, started, url } = await startApp(config, log, say, () => log.stats());
  lifecycle.add("logger", log);
  lifecycle.installSignalHandlers();
  await started;
  log.info({ url }, "ready");
  process.stdout.write(`chat-server listening on ${url}\n`);
} catch (error) {
  log.fatal(error, "cannot start");
  await log.close();
  process.stderr.write(`chat-server cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

/** What somebody at the terminal must know, also when the log goes elsewhere. */
function say(line: string): void {
  log.warn(line);
  if (config.logDir !== undefined) process.stderr.write(`chat-server: ${line}\n`);
}

function readOrExit(): Config {
  try {
    return readConfig(process.env, process.argv.slice(2), (warning) => warnings.push(warning));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(BAD_CONFIG);
  }
}

function openLog() {
  const { logLevel: level, logDir } = config;
  const rotate = { sizeBytes: 64 * 1024 * 1024 };
  try {
    const sink = logDir === undefined ? stdoutSink() : fileSink({ prefix: `${logDir}/chat_`, rotate });
    // The life cycle decides what a signal means.
    return createLogger({ name: "chat-server", level, redact: { keys: SECRETS }, sinks: [sink], handleSignals: false });
  } catch (error) {
    process.stderr.write(`LOG_LEVEL, LOG_DIR: ${error instanceof Error ? error.message : String(error)}\n`);
    return process.exit(BAD_CONFIG);
  }
}
