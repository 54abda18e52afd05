/** Why a proto file is refused. Nothing is written then. */
export class ProtoError extends Error {
  override readonly name: string = "ProtoError";

  /** @param line from 1 on; undefined when the reason has no place in the file. */
  constructor(file: string, line: number | undefined, reason: string) {
    super(`${file}${line === undefined ? "" : `:${line}`}: ${reason}`);
  }
}
