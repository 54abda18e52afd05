import { type Channel, channel } from "node:diagnostics_channel";

/** What the subscribers of the logger's channels get; no line's content is in it. */
export interface LoggerEvent {
  /** The sink: its file's path, or `fd 1`. */
  readonly sink: string;
  /** Of `drop`: how many lines. */
  readonly lines?: number;
  /** Of `drop` and `error`: `overflow`, `closed`, or the errno name. */
  readonly reason?: string;
}

type LoggerEventName = "drop" | "error" | "recover" | "rotate";

const channels: Readonly<Record<LoggerEventName, Channel>> = {
  drop: channel("servertech:async-logger:drop"),
  error: channel("servertech:async-logger:error"),
  recover: channel("servertech:async-logger:recover"),
  rotate: channel("servertech:async-logger:rotate"),
};

/** Tells the subscribers, if there are any. */
export function publish(name: LoggerEventName, event: LoggerEvent): void {
  if (channels[name].hasSubscribers) channels[name].publish(event);
}
