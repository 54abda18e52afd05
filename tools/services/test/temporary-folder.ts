import { mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder of a test's own, which is removed with it. */
export class TemporaryFolder implements Disposable {
  readonly path: string = mkdtempSync(join(realpathSync(tmpdir()), "st-"));

  /** What is in it. */
  entries(): string[] {
    return readdirSync(this.path);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
