/** The servers this package runs. */
export type ServerKind = "mysql" | "redis" | "zookeeper";

/** Where a server lives and how it was asked to be. */
export interface Place {
  /** Its data; survives a restart. */
  readonly dataDir: string;
  /** A short path for its socket, process id file and log; removed with the server. */
  readonly runDir: string;
  /** Whether `dataDir` stays when the server stops, and may hold what an earlier start has left. */
  readonly kept: boolean;
  /** Whether data have to outlive a killed server. Without it speed counts alone. */
  readonly durable: boolean;
  /** Further command line arguments. */
  readonly args: readonly string[];
  /** Further lines of its configuration file. */
  readonly config: readonly string[];
  /** The number of a ZooKeeper in its ensemble. */
  readonly myid: number | undefined;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** How one kind of server is installed, started and recognised. */
export interface Recipe {
  readonly kind: ServerKind;
  /** The name people know. */
  readonly name: string;
  /** Whether its programs are on this machine. */
  readonly isInstalled: () => boolean;
  /** Fills an empty data folder; leaves one alone that was filled before. */
  readonly prepare: (place: Place) => Promise<void>;
  /** What to run on `port`. */
  readonly command: (place: Place, port: number) => Promise<Command>;
  /** Whether the process `pid` that was started for `place`, and no other, now serves `port`. */
  readonly isReady: (place: Place, port: number, pid: number) => Promise<boolean>;
  readonly url: (port: number) => string;
}
