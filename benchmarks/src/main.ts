/** `npm run bench`: finds the cases, runs one after the other, prints and keeps their results. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArguments, type Arguments } from "./arguments.ts";
import { BenchmarkError } from "./benchmark-error.ts";
import { type CaseResult, caseResult } from "./case-result.ts";
import { exposeGc } from "./expose-gc.ts";
import { type CaseFile, findCases } from "./find-cases.ts";
import { loadCase } from "./load-case.ts";
import { markdownReport } from "./markdown-report.ts";
import { withFigures } from "./readme-speed.ts";
import { Progress } from "./progress.ts";
import { speedChart } from "./speed-chart.ts";
import { runCase } from "./run-case.ts";
import { textReport } from "./text-report.ts";

const ROOT = new URL("../../", import.meta.url);
const RESULTS = new URL("benchmarks/results/", ROOT);
const PACKAGES = new URL("packages/", ROOT);
const REPORT = new URL("docs/benchmarks.md", ROOT);
const CHART = new URL("docs/images/speed.svg", ROOT);

try {
  process.exitCode = await main(parseArguments(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof BenchmarkError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

/** The exit status: 0 unless a case could not run. A missed goal is shown, it is no failure. */
async function main(args: Arguments): Promise<number> {
  if (args.report) {
    writeReports(keptResults());
    return 0;
  }
  exposeGc();
  const progress = new Progress(process.stderr);
  const results: CaseResult[] = [];
  let failed = 0;
  for (const file of findCases(ROOT, args.group, args.name)) {
    try {
      const result = await run(file, args, progress);
      results.push(result);
      print(result, args, progress);
      if (!args.smoke && args.json === undefined) keep(file, result);
    } catch (error) {
      failed += 1;
      progress.clear();
      process.stdout.write(
        `${file.id}: FAILED\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
    }
  }
  if (!args.smoke && args.json !== undefined) writeFileSync(resolve(args.json), json(results));
  if (!args.smoke && args.json === undefined && results.length > 0) writeReports(keptResults());
  process.stdout.write(`${results.length} benchmarks ran, ${failed} failed\n`);
  return failed > 0 ? 1 : 0;
}

async function run(file: CaseFile, args: Arguments, progress: Progress): Promise<CaseResult> {
  const { smoke, nativePeers } = args;
  progress.show(`${file.id} loading`);
  const definition = await loadCase(file.file);
  const onProgress = (step: string) => progress.show(`${file.id} ${step}`);
  const ran = await runCase(definition, { file: file.file, smoke, nativePeers, onProgress });
  const command = `npm run bench -- ${file.group} ${file.name}${nativePeers ? " --native-peers" : ""}`;
  return caseResult({ id: file.id, file: file.file, command }, definition, ran);
}

function print(result: CaseResult, { smoke }: Arguments, progress: Progress): void {
  progress.clear();
  // The figures of a smoke run mean nothing.
  process.stdout.write(
    smoke ? `${result.case}: runs (${result.results.length} contenders)\n` : `${textReport(result)}\n\n`,
  );
}

function keep({ group, name }: CaseFile, result: CaseResult): void {
  writeFileSync(new URL(`${group}-${name}.json`, RESULTS), json(result));
}

/** docs/benchmarks.md, the README's chart, and the figures in the packages' READMEs. */
function writeReports(results: readonly CaseResult[]): void {
  writeFileSync(REPORT, markdownReport(results));
  const chart = speedChart(results);
  if (chart !== undefined) writeFileSync(CHART, chart);
  for (const folder of readdirSync(PACKAGES)) {
    const own = results.filter((result) => result.case.startsWith(`${folder}/`));
    const readme = new URL(`${folder}/README.md`, PACKAGES);
    if (own.length > 0) writeFileSync(readme, withFigures(readFileSync(readme, "utf8"), own));
  }
}

function keptResults(): CaseResult[] {
  return readdirSync(RESULTS)
    .filter((entry) => entry.endsWith(".json"))
    .toSorted()
    .map((entry) => JSON.parse(readFileSync(new URL(entry, RESULTS), "utf8")) as CaseResult);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
