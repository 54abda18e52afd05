import { withDeadline } from "@servertech/core";
import { type ClientSettings, RedisCommand, openInTime } from "./client-factory.ts";
import { commandError } from "./command-errors.ts";
import { type SlotRange, readSlots } from "./slot-map.ts";

/** Asks one node of a cluster for the masters of all slots, on a connection of its own. */
export async function askSlots(settings: ClientSettings, signal: AbortSignal): Promise<SlotRange[]> {
  const { connectTimeoutMs } = settings;
  const late = (): Error => new Error(`no answer within ${connectTimeoutMs} ms`);
  const client = await openInTime(settings, { signal, lost: () => {} }, late);
  try {
    const command = new RedisCommand("cluster", ["SLOTS"], "utf8", commandError);
    command.sent = true;
    client.send(command);
    return readSlots(await withDeadline(command.promise, connectTimeoutMs, late), settings.server().host);
  } finally {
    await client.close();
  }
}
