import type { DeclarationLines } from "./source-lines.ts";

/** A proto file apart from its declarations. */
export interface FileHead {
  /** As other files import it: `chat/room.proto`. */
  readonly path: string;
  /** Where it was read, as it is named in errors. */
  readonly file: string;
  readonly lines: DeclarationLines;
  readonly package: string;
  /** Paths. */
  readonly imports: readonly string[];
  /** Those of the imports that whoever imports this file sees too. */
  readonly publicImports: ReadonlySet<string>;
}
