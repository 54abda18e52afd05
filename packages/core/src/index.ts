export { ServertechError, isServertechError } from "./servertech-error.ts";
export { OptionError } from "./option-error.ts";
export { OptionChecks, optionChecks } from "./option-checks.ts";
export { abortable, onAbort, sleep } from "./abort.ts";
export { deadlineIn, withDeadline } from "./deadlines.ts";
export { backoffMs } from "./backoff.ts";
export { CloseOnce } from "./close-once.ts";
export { SHUTDOWN_PHASES, createLifecycle } from "./lifecycle.ts";
export { health } from "./health.ts";
export { nearestName } from "./nearest-name.ts";
export { emitError, safeLogger, silentLogger } from "./logger.ts";
export { isTraced, operationChannel } from "./tracing.ts";

export type { ServertechErrorOptions } from "./servertech-error.ts";
export type { OptionErrorCode, OptionProblem } from "./option-error.ts";
export type { NumberRange, TextRange } from "./option-checks.ts";
export type { Deadline } from "./deadlines.ts";
export type { BackoffOptions } from "./backoff.ts";
export type { Closable, CloseContext, CloseOptions, ReadyOptions } from "./close-once.ts";
export type {
  Lifecycle,
  LifecycleOptions,
  ShutdownFailure,
  ShutdownMemberOptions,
  ShutdownPhase,
  ShutdownReport,
  ShutdownStep,
} from "./lifecycle.ts";
export type { CheckResult, Health, HealthCheck, HealthReport } from "./health.ts";
export type { LogMethod, Logger } from "./logger.ts";
