import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ServiceError } from "./errors.ts";
import { checkSpace, newDataDir, newRunDir, spaceError, throwAwayBase } from "./folders.ts";
import { missingError } from "./missing.ts";
import { freePort } from "./ports.ts";
import type { Place, Recipe } from "./recipe.ts";
import { ServerProcess, ServerStartError } from "./server-process.ts";
import { Watchdog } from "./watchdog.ts";

const PORT_TRIES = 5;

export interface Launch {
  /** An existing folder for the data, which is left when the server stops; without it a throw-away folder is made. */
  readonly keepIn?: string | undefined;
  /** Where the throw-away folder is made. */
  readonly base?: string | undefined;
  readonly durable: boolean;
  /** The port to insist on. */
  readonly port?: number | undefined;
  readonly args?: readonly string[] | undefined;
  readonly config?: readonly string[] | undefined;
  readonly myid?: number | undefined;
  /** Gives the ports to try; the next is asked for when one turns out to be taken. */
  readonly pickPort?: (() => Promise<number>) | undefined;
}

/** A server of our own with its folders and its watchdog. */
export class PrivateServer {
  readonly #recipe: Recipe;
  readonly #place: Place;
  readonly #watchdog: Watchdog;
  #process: ServerProcess | undefined;
  #port = 0;
  #work: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;

  /**
   * Starts a server and waits until it, and nobody else on its port, answers.
   *
   * @throws {@link ServiceError} `SERVICE_MISSING`, `SERVICE_NO_SPACE`, `SERVICE_START_FAILED`; nothing is left behind.
   */
  static async start(recipe: Recipe, launch: Launch): Promise<PrivateServer> {
    if (!recipe.isInstalled()) throw missingError([recipe.kind]);
    const server = new PrivateServer(recipe, launch);
    try {
      await recipe.prepare(server.#place);
      await server.#tryPorts(launch);
    } catch (error) {
      await server.stop();
      throw spaceError(error, server.dataDir);
    }
    return server;
  }

  private constructor(recipe: Recipe, { keepIn, base = throwAwayBase(), durable, args, config, myid }: Launch) {
    this.#recipe = recipe;
    if (keepIn === undefined) mkdirSync(base, { recursive: true });
    checkSpace(keepIn ?? base);
    const runDir = newRunDir(recipe.kind);
    try {
      const dataDir = keepIn ?? newDataDir(base, recipe.kind);
      this.#watchdog = new Watchdog(keepIn === undefined ? [runDir, dataDir] : [runDir]);
      this.#place = {
        dataDir,
        runDir,
        kept: keepIn !== undefined,
        durable,
        args: args ?? [],
        config: config ?? [],
        myid,
      };
    } catch (error) {
      rmSync(runDir, { recursive: true });
      throw error;
    }
  }

  get url(): string {
    return this.#recipe.url(this.#port);
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  get dataDir(): string {
    return this.#place.dataDir;
  }

  get isRunning(): boolean {
    return this.#process?.isRunning ?? false;
  }

  /** Sends `signal`. After `SIGKILL` it resolves once the process is gone, after any other at once. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#process?.signal(signal);
    if (signal === "SIGKILL") await this.#process?.gone;
  }

  /**
   * Stops the process if it runs, and starts another with the same port, data and settings.
   *
   * @throws {@link ServiceError} `SERVICE_START_FAILED`; `SERVICE_CLOSED` after {@link stop}.
   */
  restart(): Promise<void> {
    const restarted = this.#work.then(() => this.#restart());
    this.#work = restarted.catch(() => {}); // the caller has the error; the next call may succeed
    return restarted;
  }

  /** Stops the process and removes what is throw-away; resolves when both are done. May be called twice. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    await this.#work;
    await this.#watchdog.close();
    await this.#process?.gone;
  }

  async #restart(): Promise<void> {
    if (this.#stopping) throw new ServiceError("SERVICE_CLOSED", `${this.#recipe.name} was stopped`);
    await this.#process?.end("SIGTERM");
    await this.#tryPorts({ port: this.#port, durable: this.#place.durable });
  }

  async #tryPorts({ port, pickPort = freePort }: Launch): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#launch(port ?? (await pickPort()));
      } catch (error) {
        if (!(error instanceof ServerStartError && error.portBusy) || port !== undefined || tries === PORT_TRIES) {
          throw error;
        }
      }
    }
  }

  async #launch(port: number): Promise<void> {
    const command = await this.#recipe.command(this.#place, port);
    const started = new ServerProcess(command, this.#place.runDir, join(this.#place.runDir, "log"));
    this.#watchdog.watch(started.pid);
    // A later owner of the same process id must not be stopped in its place.
    void started.gone.then(() => {
      if (this.#process === started) this.#watchdog.watch(undefined);
    });
    this.#process = started;
    this.#port = port;
    await started.ready(this.#recipe.name, port, (pid) => this.#recipe.isReady(this.#place, port, pid));
  }
}
