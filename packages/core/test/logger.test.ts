import { EventEmitter } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { emitError, isTraced, operationChannel, safeLogger, silentLogger } from "../src/index.ts";

describe("safeLogger", () => {
  it("passes lines on and survives a logger that throws", () => {
    const info = vi.fn();
    const logger = safeLogger({
      ...silentLogger,
      info,
      error: () => {
        throw new Error("disk full");
      },
    });
    logger.info({ room: 7 }, "joined");
    logger.info("plain");
    expect(info.mock.calls).toEqual([[{ room: 7 }, "joined"], ["plain"]]);
    expect(() => logger.error("x")).not.toThrow();
  });

  it("takes console, and is silent without a logger", () => {
    expect(safeLogger(undefined)).toBe(silentLogger);
    const spy = vi.spyOn(console, "warn").mockImplementation(() => {});
    safeLogger(console).warn("careful");
    expect(spy).toHaveBeenCalledWith("careful");
    spy.mockRestore();
  });
});

describe("emitError", () => {
  it("logs an error that nobody listens to, instead of ending the process", () => {
    const error = vi.fn();
    const emitter = new EventEmitter();
    emitError(emitter, new Error("a"), { ...silentLogger, error }, "broken");
    expect(error).toHaveBeenCalledOnce();
    const heard = vi.fn();
    emitter.on("error", heard);
    emitError(emitter, new Error("b"), { ...silentLogger, error }, "broken");
    expect(error).toHaveBeenCalledOnce();
    expect(heard).toHaveBeenCalledOnce();
  });
});

describe("isTraced", () => {
  it("is true only while somebody subscribes to any part of the operation", () => {
    const channel = operationChannel<{ sql?: string }>("core-test", "query");
    const subscriber = () => {};
    expect(isTraced(channel)).toBe(false);
    channel.start.subscribe(subscriber);
    expect(isTraced(channel)).toBe(true);
    channel.start.unsubscribe(subscriber);
    expect(isTraced(channel)).toBe(false);
  });
});
