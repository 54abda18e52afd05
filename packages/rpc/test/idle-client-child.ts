/** A client that is never closed, for process-exit.test.ts: its process ends when nothing is left to do, and not before. */
import { createClient } from "../src/index.ts";
import { Echo } from "./echo-service.ts";

const [, , port, mode] = process.argv;
const client = createClient(Echo, { target: `tcp://127.0.0.1:${port}`, waitForReady: true });
if (mode === "away") {
  const [error] = await client.unary.try({}, { timeoutMs: 300 });
  process.stdout.write(String(error?.code));
} else if (mode === "closing") {
  await client.unary({});
  await client.close();
  process.stdout.write("closed");
} else {
  const { id } = await client.unary({ id: "done" });
  process.stdout.write(id);
}
