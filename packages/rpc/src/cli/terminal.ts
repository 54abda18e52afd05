/** What a command reads and writes, and what stops it. */
import type { Readable, Writable } from "node:stream";
import { abortable } from "@servertech/core";

export interface CliStreams {
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** Set and not empty: no colours. */
  readonly noColor?: string | undefined;
  /** Aborts when the user wants the command to stop. */
  readonly signal: AbortSignal;
}

export class Terminal {
  readonly stdin: Readable;
  readonly out: Output;
  readonly err: Output;
  readonly signal: AbortSignal;
  /** One JSON object a result, errors included. */
  readonly json: boolean;

  constructor({ stdin, stdout, stderr, noColor = "", signal }: CliStreams, json: boolean) {
    this.stdin = stdin;
    this.out = new Output(stdout, noColor === "", signal);
    // What went wrong is told after the user has stopped it, too.
    this.err = new Output(stderr, noColor === "", undefined);
    this.signal = signal;
    this.json = json;
  }

  /** One object on one line. */
  async result(value: unknown): Promise<void> {
    await this.out.write(`${JSON.stringify(value)}\n`);
  }
}

type Colour = "bold" | "dim" | "red" | "green";

const CODES: Readonly<Record<Colour, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
};

/** One of the process's output streams. */
export class Output {
  readonly isTerminal: boolean;
  readonly #stream: Writable;
  readonly #coloured: boolean;
  readonly #signal: AbortSignal | undefined;

  constructor(stream: Writable & { readonly isTTY?: boolean }, mayColour: boolean, signal: AbortSignal | undefined) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    this.#coloured = mayColour && this.isTerminal;
    this.#signal = signal;
    // Each write tells of it by itself.
    stream.on("error", () => {});
  }

  /** Resolves once the stream has taken the text. @throws {@link OutputClosed} when nobody reads it any more. */
  write(text: string): Promise<void> {
    return abortable(this.writeAnyway(text), this.#signal);
  }

  /** The same when the user has stopped the command. */
  writeAnyway(text: string): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#stream.write(text, (error) => {
        if (error === null || error === undefined) resolve();
        else reject(new OutputClosed(error));
      });
    });
  }

  paint(colour: Colour, text: string): string {
    if (!this.#coloured) return text;
    const [on, off] = CODES[colour];
    return `\u001B[${on}m${text}\u001B[${off}m`;
  }
}

/** The reader of the output is gone: `servertech-rpc list … | head -1`. */
export class OutputClosed extends Error {
  override readonly name: string = "OutputClosed";

  constructor(cause: Error) {
    super(`the output is closed: ${cause.message}`, { cause });
  }
}
