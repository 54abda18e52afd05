import { Duplex } from "node:stream";
import { optionChecks } from "@servertech/core";
import { type Channel, RpcChannel } from "./client/channel.ts";
import type { ChannelOptions } from "./client/options.ts";
import type { PeerSocket } from "./peer-socket.ts";
import { RpcServer, type Server } from "./server/server.ts";

/** Options of a channel without those of a network. */
export type LocalChannelOptions = Omit<ChannelOptions, "target" | "tls" | "connectTimeoutMs">;

/**
 * A channel to a server of the same process, for tests: the same frames, deadlines and limits, without a socket.
 *
 * The server need not listen. It is its owner's to close; closing the channel ends their connection.
 *
 * @throws OptionError
 */
export function createLocalPair(server: Server, options: LocalChannelOptions = {}): Channel {
  if (!(server instanceof RpcServer)) {
    const check = optionChecks({}, []);
    check.problem("server", "must be made by createServer", server);
    check.done(undefined);
    throw new TypeError("unreachable");
  }
  return new RpcChannel({ ...options, target: LOCAL }, (_endpoint, opened) => {
    const [ours, theirs] = pair();
    server.accept(theirs);
    process.nextTick(opened);
    return ours;
  });
}

const LOCAL = {
  async *watch(_service: string, { signal }: { readonly signal: AbortSignal }) {
    yield [{ id: "local", host: "", port: 0 }];
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  },
};

/** One end of a pair: what is written to it is read at the other. */
class LocalSocket extends Duplex implements PeerSocket {
  readonly remoteAddress = "local";
  readonly remotePort: undefined;
  other: LocalSocket | undefined;
  /** Called once the other end reads again. */
  #resume: (() => void) | undefined;

  override _read(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const { other } = this;
    if (other === undefined || other.destroyed) return done(new Error("the other end is closed"));
    // A copy: the sender writes into the same memory again.
    if (other.push(Buffer.from(chunk))) process.nextTick(done);
    else other.#resume = done;
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { other } = this;
    if (other !== undefined && !other.destroyed) process.nextTick(() => other.destroy());
    done(error);
  }

  ref(): void {}
  unref(): void {}
  setKeepAlive(): void {}
}

function pair(): [LocalSocket, LocalSocket] {
  const options = { allowHalfOpen: false, highWaterMark: 64 << 10 };
  const [a, b] = [new LocalSocket(options), new LocalSocket(options)];
  a.other = b;
  b.other = a;
  return [a, b];
}
