/**
 * A process that starts the services and holds them until it is killed: `holder.ts <options as JSON>`. It sends its parent the
 * result, or the error.
 */
import { ServiceError, startServices, type StartServicesOptions } from "../../src/index.ts";

const options = JSON.parse(process.argv[2] ?? "{}") as StartServicesOptions & { noteUrl?: string };
const { noteUrl, ...rest } = options;
// Holds on as long as the parent does.
process.on("disconnect", () => process.exit());
try {
  const started = await startServices(rest);
  if (noteUrl !== undefined) started.noteUrl(noteUrl);
  process.send?.({ urls: started.urls, pids: started.services.flatMap(({ pid }) => pid ?? []) });
} catch (error) {
  const { code, message } = error as ServiceError;
  process.send?.({ code, message }, () => process.exit(1));
}
