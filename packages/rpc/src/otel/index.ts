/** `@servertech/rpc/otel`: calls as OpenTelemetry metrics and spans. */
export { instrument } from "./instrument.ts";
export type { InstrumentOptions } from "./instrument.ts";
