/** A case is written wrongly, cannot run here, or measured nothing; the message names the case's part. */
export class BenchmarkError extends Error {
  override readonly name = "BenchmarkError";
}
