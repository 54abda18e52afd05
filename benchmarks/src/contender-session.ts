/** A contender that is set up for one set of parameters in this process. */
import { BenchmarkError } from "./benchmark-error.ts";
import type { Contender, Params } from "./compare.ts";
import { driverOf } from "./drive.ts";
import { nativePeerFolder } from "./native-peers.ts";
import { type RoundRecord, roundRecord } from "./round-record.ts";
import { ownUsage } from "./serve.ts";
import { type LoadProcess, type OwnedServerProcess, type ServerProcess, startServerProcess } from "./server-process.ts";
import type { Measured, Round, SetupContext, Subject } from "./subject.ts";

/** What the schedule needs of a contender, wherever it runs. */
export interface ContenderSession {
  warmUp(round: Round): Promise<void>;
  round(round: Round): Promise<RoundRecord>;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly unit: string;
  readonly params: Params;
  readonly smoke: boolean;
  /** Whether this process belongs to the contender alone, so that its memory says something. */
  readonly alone: boolean;
}

/** Sets `contender` up. When that fails, what it started is stopped. */
export async function openSession(contender: Contender, options: SessionOptions): Promise<ContenderSession> {
  const helpers = new SessionHelpers(contender, options.smoke);
  try {
    const subject = await contender.setup(options.params, helpers);
    return new LocalSession(subject, helpers, options);
  } catch (error) {
    await helpers.close();
    throw error;
  }
}

class SessionHelpers implements SetupContext {
  readonly smoke: boolean;
  readonly #contender: Contender;
  readonly #servers: OwnedServerProcess<unknown>[] = [];
  readonly #cpuReaders: (() => number | Promise<number>)[] = [];

  constructor(contender: Contender, smoke: boolean) {
    this.#contender = contender;
    this.smoke = smoke;
  }

  async serverProcess<A>(script: URL, argument?: unknown, runtime?: string): Promise<ServerProcess<A>> {
    const server = await this.#start<A>(script, argument, runtime);
    return { address: server.address, pid: server.pid, usage: () => server.usage() };
  }

  async loadProcess(script: URL, argument: unknown, runtime: string): Promise<LoadProcess> {
    const load = await this.#start(script, argument, runtime);
    return { round: (round) => load.round(round) };
  }

  async #start<A>(script: URL, argument: unknown, runtime?: string): Promise<OwnedServerProcess<A>> {
    const started = await startServerProcess<A>(script, argument, runtime);
    this.#servers.push(started);
    return started;
  }

  countCpu(read: () => number | Promise<number>): void {
    this.#cpuReaders.push(read);
  }

  nativePeer(): string {
    const { native, name } = this.#contender;
    const folder = native === undefined ? undefined : nativePeerFolder(native);
    if (folder === undefined) throw new BenchmarkError(`${name} names no native package that is installed`);
    return folder;
  }

  /** CPU time of all other processes that belong to the contender, and the memory of its servers. */
  async otherUsage(): Promise<{ cpuUs: number; serverRssMiB: number | undefined }> {
    const usages = await Promise.all(this.#servers.map((server) => server.usage()));
    const readers = await Promise.all(this.#cpuReaders.map(async (read) => read()));
    const cpuUs = sum([...usages.map((usage) => usage.cpuUs), ...readers]);
    return { cpuUs, serverRssMiB: usages.length > 0 ? sum(usages.map(({ rssMiB }) => rssMiB)) : undefined };
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
  }
}

class LocalSession implements ContenderSession {
  readonly #subject: Subject;
  readonly #drive: (round: Round) => Promise<Measured>;
  readonly #helpers: SessionHelpers;
  readonly #options: SessionOptions;

  constructor(subject: Subject, helpers: SessionHelpers, options: SessionOptions) {
    this.#drive = driverOf(subject);
    this.#subject = subject;
    this.#helpers = helpers;
    this.#options = options;
  }

  async warmUp(round: Round): Promise<void> {
    await this.#drive(round);
    await this.#subject.check?.();
  }

  async round(round: Round): Promise<RoundRecord> {
    const { unit, alone } = this.#options;
    globalThis.gc?.();
    const othersBefore = await this.#helpers.otherUsage();
    const before = ownUsage();
    const loopBefore = performance.eventLoopUtilization();
    const begin = performance.now();
    const measured = await this.#drive(round);
    const elapsedMs = performance.now() - begin;
    const loop = performance.eventLoopUtilization(loopBefore);
    const after = ownUsage();
    const othersAfter = await this.#helpers.otherUsage();
    await this.#subject.check?.();
    return roundRecord(unit, measured, {
      elapsedMs,
      cpuUs: after.cpuUs - before.cpuUs + othersAfter.cpuUs - othersBefore.cpuUs,
      loopUs: loop.active * 1e3,
      rssMiB: alone ? after.rssMiB : undefined,
      serverRssMiB: othersAfter.serverRssMiB,
    });
  }

  async close(): Promise<void> {
    try {
      await this.#subject.close?.();
    } finally {
      await this.#helpers.close();
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
