/**
 * Keeps the process alive while somebody waits: without a socket nothing else would, and Node would end in the middle
 * of `await client.ready()`.
 */
export class KeepAlive {
  #holders = 0;
  #timer: NodeJS.Timeout | undefined;

  hold(): void {
    this.#holders += 1;
    this.#timer ??= setInterval(() => {}, 2 ** 31 - 1);
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
