/** A closed file. */
export interface ClosedFile {
  readonly name: string;
  readonly index: number;
  readonly bytes: number;
  /** The time of its last line, in epoch milliseconds. */
  readonly changedMs: number;
}

/** Which closed files stay: those within all bounds. */
export interface KeepBounds {
  readonly files: number;
  readonly ageMs: number;
  readonly totalBytes: number;
}

/** The files that are too many, too old, or too large together with all newer ones. The index says what is newer. */
export function expiredFiles(files: readonly ClosedFile[], keep: KeepBounds, now: number): readonly ClosedFile[] {
  const newestFirst = files.toSorted((a, b) => b.index - a.index);
  let bytes = 0;
  return newestFirst.filter((file, i) => {
    bytes += file.bytes;
    return i >= keep.files || now - file.changedMs > keep.ageMs || bytes > keep.totalBytes;
  });
}
