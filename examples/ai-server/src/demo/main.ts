/** The demo model alone: listens on `PORT`, any free one by default, and prints what to set `AI_BASE_URL` to. */
import { DEMO_MODEL, startDemoServer } from "./server.ts";

/** EX_CONFIG of sysexits.h. */
const BAD_CONFIG = 78;

const given = process.env.PORT || "0";
if (!/^\d{1,5}$/.test(given) || Number(given) > 65_535) {
  process.stderr.write(`PORT: must be an integer from 0 to 65535, got "${given}"\n`);
  process.exit(BAD_CONFIG);
}
try {
  const { baseUrl } = await startDemoServer({ port: Number(given) });
  process.stdout.write(`demo model listening: AI_BASE_URL=${baseUrl} AI_MODEL=${DEMO_MODEL}\n`);
} catch (error) {
  process.stderr.write(`the demo model cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
