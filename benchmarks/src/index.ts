export { compare } from "./compare.ts";
export { serve } from "./serve.ts";
export { serviceUrls } from "./service-urls.ts";
export { LatencyHistogram } from "./latency-histogram.ts";
export { BenchmarkError } from "./benchmark-error.ts";

export type { BenchmarkCase, CaseDefinition, Contender, Goal, Limit, Params, ParamValue } from "./compare.ts";
export type { Measured, Round, SetupContext, Subject } from "./subject.ts";
export type { ServedProcess } from "./serve.ts";
export type { ServerProcess } from "./server-process.ts";
