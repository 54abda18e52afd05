/**
 * A vitest reporter that writes true counts to the file named in `SERVERTECH_COUNTS`, as `{ passed, failed, skipped }`.
 * A hook or a module that fails outside of any test counts as a failure: vitest itself would count its tests as skipped.
 */
import { writeFileSync } from "node:fs";

export default class CountsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const file = process.env.SERVERTECH_COUNTS;
    if (!file) return;
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      counts.failed += module.errors().length;
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === "passed" || state === "failed" ? state : "skipped"] += 1;
      }
    }
    writeFileSync(file, JSON.stringify(counts));
  }
}
