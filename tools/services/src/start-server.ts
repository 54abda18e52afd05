import { type Launch, PrivateServer } from "./private-server.ts";
import type { ServerKind } from "./recipe.ts";
import { recipes } from "./recipes.ts";

export interface ServerOptions {
  /** The TCP port, 1 to 65,535. It is insisted on: a taken one is an error. @default a free one */
  port?: number | undefined;
  /** Further command line arguments, after ours; for ZooKeeper those of the JVM. @default none */
  args?: readonly string[] | undefined;
  /** Further lines of redis.conf, of zoo.cfg, or of the `[mysqld]` section of my.cnf. Command line arguments win. @default none */
  config?: readonly string[] | undefined;
}

export interface ZooKeeperServerOptions extends ServerOptions {
  /** The number of this server in its ensemble, 1 to 255; `config` then has a `server.<n>=` line for each member. */
  myid?: number | undefined;
}

/** The options that each kind of server takes. */
export interface ServerOptionsByKind {
  mysql: ServerOptions;
  redis: ServerOptions;
  zookeeper: ZooKeeperServerOptions;
}

/** A server of a test's own, which it may stop, kill, fill and restart. */
export interface Server extends AsyncDisposable {
  /** `mysql://root@127.0.0.1:<port>/`, `redis://127.0.0.1:<port>`, or ZooKeeper's `127.0.0.1:<port>`. The same after a restart. */
  readonly url: string;
  readonly port: number;
  /** The process id, another after a restart. */
  readonly pid: number;
  /** Its data folder. */
  readonly dataDir: string;
  /**
   * Sends a signal to the process. `SIGKILL` resolves once the process is gone, all others at once.
   *
   * @param signal @default "SIGKILL"
   */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /**
   * Starts it again with the same port, data and settings, once the present process, if any, was stopped; resolves when ready.
   *
   * @throws {@link ServiceError} `SERVICE_START_FAILED`; `SERVICE_CLOSED` after `stop`.
   */
  restart(): Promise<void>;
  /** Stops it and removes its data. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts a server that is nobody else's. It keeps all it confirmed when it is killed, and ends with this process at the latest,
 * even when that is killed. A ZooKeeper that is member of an ensemble is ready once it runs: that it serves takes enough others.
 *
 * @throws {@link ServiceError} `SERVICE_MISSING`, `SERVICE_NO_SPACE` or `SERVICE_START_FAILED`.
 */
export async function startServer<K extends ServerKind>(
  kind: K,
  options: ServerOptionsByKind[K] = {},
): Promise<Server> {
  const { port, args, config, myid }: ZooKeeperServerOptions = options;
  const launch: Launch = { durable: true, port, args, config, myid };
  const server = await PrivateServer.start(recipes[kind], launch);
  return {
    get url() {
      return server.url;
    },
    get port() {
      return server.port;
    },
    get pid() {
      return server.pid;
    },
    get dataDir() {
      return server.dataDir;
    },
    kill: (signal = "SIGKILL") => server.kill(signal),
    restart: () => server.restart(),
    stop: () => server.stop(),
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
