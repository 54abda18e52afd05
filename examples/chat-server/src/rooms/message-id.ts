/** Ids of room messages: those of Redis streams, `<ms>-<n>`. As text `9-0` would come after `10-0`. */

export const FIRST_ID = "0-0";

const MESSAGE_ID = /^\d{1,15}-\d{1,15}$/;

export function isMessageId(text: string): boolean {
  return MESSAGE_ID.test(text);
}

/** Negative when `a` is older than `b`, 0 when they are the same. */
export function compareIds(a: string, b: string): number {
  const [aMs, aSeq] = parts(a);
  const [bMs, bSeq] = parts(b);
  return aMs - bMs || aSeq - bSeq;
}

/** When a message was stored, in ms of Redis' clock. */
export function timeOf(id: string): number {
  return parts(id)[0];
}

function parts(id: string): [ms: number, seq: number] {
  const dash = id.indexOf("-");
  return [Number(id.slice(0, dash)), Number(id.slice(dash + 1))];
}
