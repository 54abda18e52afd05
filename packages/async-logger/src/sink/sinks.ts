import { isatty } from "node:tty";
import {
  type FileSinkOptions,
  type FileSinkSettings,
  type StreamSinkOptions,
  type StreamSinkSettings,
  type WriterSettings,
  resolveFileSink,
  resolveStreamSink,
} from "./sink-options.ts";
import { SinkWriter } from "./sink-writer.ts";
import { type NoteError, type Target, descriptorTarget, fileTarget } from "./target.ts";

/** How a sink shows its lines: as they are, or for the eyes. */
export type SinkFormat = "json" | "pretty";

/** Where lines go; made by `fileSink`, `stdoutSink` and `prettySink`, opened by `createLogger`. */
export class Sink {
  readonly #target: (note: NoteError) => Target;
  readonly #settings: WriterSettings;
  /** @internal */
  readonly format: SinkFormat;
  /** @internal Where lines for the eyes may be colored. */
  readonly colored: boolean;
  /** @internal */
  readonly reopensOnHangup: boolean;

  /** @internal */
  constructor(
    target: (note: NoteError) => Target,
    settings: WriterSettings,
    kind: { format: SinkFormat; colored: boolean; reopensOnHangup: boolean },
  ) {
    this.#target = target;
    this.#settings = settings;
    this.format = kind.format;
    this.colored = kind.colored;
    this.reopensOnHangup = kind.reopensOnHangup;
  }

  /** @internal */
  open(note: (dropped: number, reason: string) => string): SinkWriter {
    return new SinkWriter(this.#target, this.#settings, note);
  }
}

/**
 * JSON lines in files: with `prefix` each in one of its own, opened exclusively and named by the time of its opening and
 * a growing index; with `path` all in one.
 *
 * @throws OptionError
 */
export function fileSink(options: FileSinkOptions): Sink {
  return fileSinkOf(resolveFileSink(options));
}

export function fileSinkOf(settings: FileSinkSettings): Sink {
  const kind = { format: "json", colored: false, reopensOnHangup: settings.reopenOn !== undefined } as const;
  return new Sink((note) => fileTarget(settings, note), settings, kind);
}

/**
 * JSON lines on a file descriptor, by default standard output. It is not closed.
 *
 * @throws OptionError
 */
export function stdoutSink(options: StreamSinkOptions = {}): Sink {
  return streamSinkOf(resolveStreamSink(options), "json");
}

/**
 * Lines for the eyes on a file descriptor, by default standard output. It is not closed.
 *
 * @throws OptionError
 */
export function prettySink(options: StreamSinkOptions = {}): Sink {
  return streamSinkOf(resolveStreamSink(options), "pretty");
}

export function streamSinkOf(settings: StreamSinkSettings, format: SinkFormat): Sink {
  const colored = isatty(settings.fd) && !process.env.NO_COLOR;
  return new Sink(() => descriptorTarget(settings.fd), settings, { format, colored, reopensOnHangup: false });
}

/** Standard output as a logger without sinks uses it. */
export function defaultSink(): Sink {
  return isatty(1) ? prettySink() : stdoutSink();
}
