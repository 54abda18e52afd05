import { randomRuns } from "./random-run.ts";

randomRuns([1, 2, 3, 4]);
