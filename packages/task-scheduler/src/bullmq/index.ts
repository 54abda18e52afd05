export { bullmq } from "./bullmq.ts";
export { defineJob } from "../queue/define-job.ts";

export type { BullmqOptions, BullmqWorkerOptions } from "./bullmq.ts";
export type { Job, JobCodec, JobDefinition, Json, Portable } from "../queue/define-job.ts";
export type { QueueEngine } from "../queue/queue-engine.ts";
