import { randomRuns } from "../random-run.ts";

randomRuns(Array.from({ length: 200 }, (_, i) => 1_000 + i));
