export { taskEntries } from "./task-entries.ts";

export type { BuildLike, PluginLike, TaskEntriesOptions } from "./task-entries.ts";
