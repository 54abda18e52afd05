export { AsyncLogger, createLogger, createLogger as default } from "./logger.ts";
export { Sink, fileSink, prettySink, stdoutSink } from "./sink/sinks.ts";
export { PinoDestination, pinoDestination } from "./pino-destination.ts";
export { LoggerError } from "./errors.ts";

export type { LogMethod, Logger, LoggerStats } from "./logger.ts";
export type { LoggerErrorCode, LoggerErrorOptions } from "./errors.ts";
export type { ChildOptions, LeveledSink, LoggerOptions, RedactOptions } from "./options.ts";
export type { TraceSource } from "./ambient.ts";
export type { SampleRule } from "./sampling.ts";
export type { LevelName } from "./levels.ts";
export type { Serializer, Serializers } from "./line/line-style.ts";
export type { Censor } from "./line/redaction.ts";
export type { TimeFormat } from "./line/timestamp.ts";
export type { PinoDestinationOptions } from "./pino-destination.ts";
export type { FsyncPolicy } from "./sink/disk-sync.ts";
export type { TimeZone } from "./sink/log-names.ts";
export type {
  BufferOptions,
  FileSinkOptions,
  KeepOptions,
  OverflowPolicy,
  RotateOptions,
  StreamSinkOptions,
} from "./sink/sink-options.ts";
export type { SinkFormat } from "./sink/sinks.ts";
export type { CloseResult, FlushOptions, SinksStats } from "./output.ts";
export type { SinkStats } from "./sink/sink-writer.ts";
export type { LoggerEvent } from "./sink/channels.ts";
