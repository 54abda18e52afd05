import type { Socket } from "node:net";
import { Flow, type FlowOwner } from "./flow.ts";

/** A client's connection, the one made to the target for it, and what flows between them. Both sockets have `allowHalfOpen`. */
export class ProxyConnection {
  readonly #client: Socket;
  readonly #target: Socket;
  readonly #flows: readonly Flow[];
  #dead = false;

  constructor(client: Socket, target: Socket, owner: Omit<FlowOwner, "cut">) {
    this.#client = client;
    this.#target = target;
    const ownerWithCut: FlowOwner = { ...owner, cut: () => this.#cut() };
    this.#flows = [new Flow("up", client, target, ownerWithCut), new Flow("down", target, client, ownerWithCut)];
    for (const [side, other] of [
      [client, target],
      [target, client],
    ] as const) {
      side.setNoDelay();
      // A reset, or a target that refuses: the other side gets a reset as well.
      side.on("error", () => {
        if (!this.#dead) reset(other);
      });
    }
  }

  modeChanged(): void {
    for (const flow of this.#flows) flow.modeChanged();
  }

  /** Neither side hears of the other again, nor of its end. */
  die(): void {
    this.#dead = true;
    for (const flow of this.#flows) flow.die();
  }

  /** A TCP reset to both sides. */
  reset(): void {
    reset(this.#client);
    reset(this.#target);
  }

  #cut(): void {
    this.die();
    this.#client.destroySoon();
    this.#target.destroySoon();
  }
}

function reset(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy();
}
