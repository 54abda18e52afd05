export { AsyncLogger, createLogger, createLogger as default } from "./logger.ts";
export { Sink, fileSink, prettySink, stdoutSink } from "./sink/sinks.ts";
export { LoggerError } from "./errors.ts";

export type { LoggerErrorCode, LoggerErrorOptions } from "./errors.ts";
export type { ChildOptions, LeveledSink, LoggerOptions, RedactOptions } from "./options.ts";
export type { LevelName, LevelThreshold } from "./levels.ts";
export type { Serializer, Serializers } from "./line/line-format.ts";
export type { TimeFormat } from "./line/timestamp.ts";
export type { BufferOptions, FileSinkOptions, OverflowPolicy, StreamSinkOptions } from "./sink/sink-options.ts";
export type { CloseResult, FlushOptions, LoggerStats } from "./output.ts";
export type { SinkStats } from "./sink/sink-writer.ts";
export type { LoggerEvent } from "./sink/channels.ts";
