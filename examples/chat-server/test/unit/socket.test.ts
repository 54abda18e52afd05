import { EventEmitter } from "node:events";
import { silentLogger } from "@servertech/core";
import { describe, expect, it } from "vitest";
import type { WebSocket } from "ws";
import { ClientSocket } from "../../src/ws/socket.ts";

/** What ClientSocket uses of a WebSocket. */
class FakeWebSocket extends EventEmitter {
  readyState = 1;
  isPaused = false;
  bufferedAmount = 0;
  readonly calls: string[] = [];
  ping() {
    this.calls.push("ping");
  }
  terminate() {
    this.readyState = 3;
    this.calls.push("terminate");
  }
  close(code: number) {
    this.readyState = 2;
    this.calls.push(`close ${code}`);
  }
  send(frame: string) {
    this.calls.push(`send ${frame}`);
  }
  pause() {
    this.isPaused = true;
  }
  resume() {
    this.isPaused = false;
  }
}

function setUp() {
  const ws = new FakeWebSocket();
  return { ws, socket: new ClientSocket(ws as unknown as WebSocket, silentLogger), start: performance.now() };
}

describe("ping", () => {
  it("comes every 25 s with some spread, and none while one is not answered", () => {
    const { ws, socket, start } = setUp();
    const at: number[] = [];
    for (let ms = 0; ms < 120_000; ms += 500) {
      socket.ping(start + ms);
      if (ws.calls.splice(0).length > 0) {
        at.push(ms);
        ws.emit("pong");
      }
    }
    expect(at.length).toBeGreaterThanOrEqual(4);
    for (const [i, ms] of at.entries()) {
      expect(ms - (at[i - 1] ?? 0)).toBeGreaterThanOrEqual(22_500);
      expect(ms - (at[i - 1] ?? 0)).toBeLessThanOrEqual(28_500);
    }
  });

  it("that is not answered within 30 s cuts the client off", () => {
    const { ws, socket, start } = setUp();
    socket.ping(start + 28_000);
    socket.ping(start + 57_900);
    expect(ws.calls).toEqual(["ping"]);
    socket.ping(start + 58_100);
    expect(ws.calls).toEqual(["ping", "terminate"]);
  });
});

describe("frames", () => {
  it("are handled one after another, in order, and a client that sends too fast is not read", async () => {
    const { ws, socket } = setUp();
    const handled: string[] = [];
    let go: () => void = () => {};
    socket.handleWith(async (frame) => {
      await new Promise<void>((resolve) => (go = resolve));
      handled.push(frame.toString());
    });
    for (let i = 0; i < 40; i += 1) ws.emit("message", Buffer.from(String(i)));
    expect(ws.isPaused).toBe(true);
    while (handled.length < 40) {
      go();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(handled).toEqual(Array.from({ length: 40 }, (_, i) => String(i)));
    expect(ws.isPaused).toBe(false);
  });

  it("that nobody takes cut the client off beyond 1 MiB", () => {
    const { ws, socket } = setUp();
    ws.bufferedAmount = 1024 * 1024;
    socket.send("a");
    ws.bufferedAmount += 1;
    socket.send("b");
    socket.send("c");
    expect(ws.calls).toEqual(["send a", "send b", "terminate"]);
  });
});
