import type { Service } from "../service.ts";

/** What a service module learns of its server. */
export interface ServerView {
  /** The services that were added so far. */
  services(): readonly Service[];
  /** Calls back when the server begins to close, before anything else. */
  onClosing(callback: () => void): void;
}

/** A service that brings its handlers: made by `health()` and `reflection()`, added by `server.add(module)`. */
export interface ServiceModule {
  readonly service: Service;
  /** One function for each method, by the names of `service.methods`. */
  readonly handlers: object;
  attach?(server: ServerView): void;
}
