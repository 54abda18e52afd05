/** Runs the command line with streams of its own. */
import { PassThrough, Readable, Writable } from "node:stream";
import { runCli } from "../../src/cli/run.ts";

class Sink extends Writable {
  readonly isTTY: boolean;
  text = "";

  constructor(isTTY = false) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }

  override _write(chunk: string, _: string, done: () => void): void {
    this.text += chunk;
    done();
  }
}

export interface CliOptions {
  /** What stdin holds; a stream is read as it comes. Without it stdin is empty. */
  readonly stdin?: string | Readable;
  readonly terminal?: boolean;
  readonly noColor?: string;
  readonly signal?: AbortSignal;
}

export function startCli(args: readonly string[], options: CliOptions = {}) {
  const { stdin = "", terminal = false, noColor, signal = new AbortController().signal } = options;
  const [stdout, stderr] = [new Sink(terminal), new Sink(terminal)];
  const input = typeof stdin === "string" ? Readable.from([Buffer.from(stdin)], { objectMode: false }) : stdin;
  const exitCode = runCli(args, { stdin: input, stdout, stderr, noColor, signal });
  return { stdout, stderr, exitCode };
}

export async function cli(args: readonly string[], options?: CliOptions) {
  const { stdout, stderr, exitCode } = startCli(args, options);
  return { exitCode: await exitCode, stdout: stdout.text, stderr: stderr.text };
}

/** The JSON of each line. */
export function lines(text: string): unknown[] {
  return text
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
}

/** A stdin that stays open until it is ended. */
export function openInput(): PassThrough {
  return new PassThrough();
}
