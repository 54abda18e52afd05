/** Messages of a room as Redis keeps them: entries of a stream with the fields `payload`, `seq` and `left`. */

export interface StoredMessage {
  /** Stream id. */
  readonly id: string;
  /** Counts the room's messages from 1 without holes. */
  readonly seq: number;
  /** Messages of the same client event that still follow this one. */
  readonly left: number;
  readonly content: string;
  /** Milliseconds since the epoch, taken once per client event. */
  readonly timestamp: number;
  readonly userId: number;
  /** Given by `servertech.v2` clients only. */
  readonly nonce: string | undefined;
}

export interface Message extends StoredMessage {
  /** Empty when there is no such user any more. */
  readonly username: string;
}

/** The text that is stored for a message; the first three members are those of servertech-chat. */
export function encodePayload(message: Pick<StoredMessage, "content" | "timestamp" | "userId" | "nonce">): string {
  const { content, timestamp, userId, nonce } = message;
  return JSON.stringify({ content, timestamp, user_id: userId, ...(nonce === undefined ? {} : { nonce }) });
}

interface Payload {
  readonly content: string;
  readonly timestamp: number;
  readonly user_id: number;
  readonly nonce?: string;
}

/** @param entry as XRANGE gives it. */
export function decodeEntry([id, fields]: readonly [id: string, fields: readonly string[]]): StoredMessage {
  const field = (name: string): string => {
    for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return fields[i + 1] ?? "";
    return "";
  };
  return fromPayload(id, Number(field("seq")), Number(field("left")), JSON.parse(field("payload")) as Payload);
}

function fromPayload(id: string, seq: number, left: number, payload: Payload): StoredMessage {
  return {
    id,
    seq,
    left,
    content: payload.content,
    timestamp: payload.timestamp,
    userId: payload.user_id,
    nonce: payload.nonce,
  };
}

/** What the post script publishes: the messages of one client event, and the id that stood before them. */
export interface Publication {
  readonly previousId: string;
  readonly messages: readonly Message[];
}

/** Reads `<previous id> <first seq> <id>,<id>… {"username":…,"messages":[payload…]}`. */
export function decodePublication(text: string): Publication {
  const [previousId = "", firstSeq = "", ids = ""] = text.split(" ", 3);
  const body = text.slice(previousId.length + firstSeq.length + ids.length + 3);
  const { username, messages } = JSON.parse(body) as { username: string; messages: readonly Payload[] };
  const idList = ids.split(",");
  return {
    previousId,
    messages: messages.map((payload, index) => ({
      ...fromPayload(idList[index] ?? "", Number(firstSeq) + index, messages.length - 1 - index, payload),
      username,
    })),
  };
}
