export { compare } from "./compare.ts";
export { serve } from "./serve.ts";
export { serveLoad } from "./serve-load.ts";
export { bunExecutable } from "./bun-executable.ts";
export { serviceUrls } from "./service-urls.ts";
export { LatencyHistogram } from "./latency-histogram.ts";
export { BenchmarkError } from "./benchmark-error.ts";

export type { BenchmarkCase, CaseDefinition, Contender, Goal, Limit, Params, ParamValue } from "./compare.ts";
export type { Measured, Round, SetupContext, Subject } from "./subject.ts";
export type { ServedProcess } from "./serve.ts";
export type { Load } from "./serve-load.ts";
export type { LoadProcess, ServerProcess } from "./server-process.ts";
