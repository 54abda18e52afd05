import { isatty } from "node:tty";
import { prettyLine } from "../line/pretty.ts";
import { DatedFiles } from "./dated-files.ts";
import {
  type FileSinkOptions,
  type StreamSinkOptions,
  type BufferSettings,
  resolveFileSink,
  resolveStreamSink,
} from "./sink-options.ts";
import { SinkWriter, type Target } from "./sink-writer.ts";

/** Where lines go; made by `fileSink`, `stdoutSink` and `prettySink`, opened by `createLogger`. */
export class Sink {
  readonly #target: () => Target;
  readonly #buffer: BufferSettings;
  /** @internal What makes a line for the eyes of a JSON line; undefined where JSON is written. */
  readonly pretty: ((line: string) => string) | undefined;

  /** @internal */
  constructor(target: () => Target, buffer: BufferSettings, pretty?: (line: string) => string) {
    this.#target = target;
    this.#buffer = buffer;
    this.pretty = pretty;
  }

  /** @internal */
  open(note: (dropped: number, reason: string) => string): SinkWriter {
    const { pretty } = this;
    const shown = pretty === undefined ? note : (dropped: number, reason: string) => pretty(note(dropped, reason));
    return new SinkWriter(this.#target(), this.#buffer, shown);
  }
}

/**
 * JSON lines in files of their own, each opened exclusively and named by the time of its opening and a growing index.
 *
 * @throws OptionError
 */
export function fileSink(options: FileSinkOptions): Sink {
  const { prefix, maxFileBytes, buffer } = resolveFileSink(options);
  return new Sink(() => {
    const files = new DatedFiles(prefix);
    const open = () => {
      const { fd, path } = files.open();
      return { fd, name: path, owned: true };
    };
    return { open, maxFileBytes };
  }, buffer);
}

/**
 * JSON lines on a file descriptor, by default standard output. It is not closed.
 *
 * @throws OptionError
 */
export function stdoutSink(options: StreamSinkOptions = {}): Sink {
  const { fd, buffer } = resolveStreamSink(options);
  return new Sink(() => descriptor(fd), buffer);
}

/**
 * Lines for the eyes on a file descriptor, by default standard output. It is not closed.
 *
 * @throws OptionError
 */
export function prettySink(options: StreamSinkOptions = {}): Sink {
  const { fd, buffer } = resolveStreamSink(options);
  return new Sink(() => descriptor(fd), buffer, prettyLine);
}

/** Standard output as a logger without sinks uses it. */
export function defaultSink(): Sink {
  return isatty(1) ? prettySink() : stdoutSink();
}

function descriptor(fd: number): Target {
  return { open: () => ({ fd, name: `fd ${fd}`, owned: false }), maxFileBytes: Infinity };
}
