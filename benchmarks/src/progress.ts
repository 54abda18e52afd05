/** Shows the running step on a terminal in one line that changes, elsewhere in a line for each step. */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #begin: number = performance.now();

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(step: string): void {
    const seconds = ((performance.now() - this.#begin) / 1e3).toFixed(1).padStart(6);
    const line = `${seconds} s  ${step}`;
    if (!this.#stream.isTTY) this.#stream.write(`${line}\n`);
    else this.#stream.write(`\r\u001B[2K${line.slice(0, Math.max(20, this.#stream.columns - 1))}`);
  }

  /** Removes the line, before something else is printed. */
  clear(): void {
    if (this.#stream.isTTY) this.#stream.write("\r\u001B[2K");
  }
}
