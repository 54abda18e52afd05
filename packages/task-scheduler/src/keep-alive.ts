const FAR_MS = 2 ** 31 - 1;

/** Keeps the process alive while there is something to do. */
export class KeepAlive {
  #timer: NodeJS.Timeout | undefined;
  #held = false;

  hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    if (held) {
      this.#timer ??= setInterval(() => {}, FAR_MS);
      this.#timer.ref();
    } else this.#timer?.unref();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#held = false;
  }
}
