import type { AcceptedMessage, Message, RoomInfo, ServerEvent, ServerPayloads, User } from "../socket/events.ts";
import { NO_ID, compareIds, laterId } from "../socket/message-id.ts";
import type { Action, RoomAction } from "./actions.ts";
import { mergeMessages, withoutMessages } from "./messages.ts";
import type { Attendance, Outgoing, Room, State } from "./state.ts";
import { withTypist, withoutTypists } from "./typists.ts";

/** More messages of a room than this are cut to the newest `KEPT`; the server has the others. */
const MAX_KEPT = 3_000;
const KEPT = 2_000;

/** What happens in rooms: by the server's word, and by the user's. */
export function reduceRooms(state: State, action: Action): State {
  switch (action.type) {
    case "server":
      return onServerEvent(state, action.event);
    case "room/wrote":
    case "room/outgoing":
    case "room/discarded":
    case "room/history":
    case "room/typing":
    case "room/read":
      return changeRoom(state, action.roomId, (room) => onOwnAction(room, action));
    default:
      return state;
  }
}

function onServerEvent(state: State, event: ServerEvent): State {
  switch (event.type) {
    case "hello":
      return onHello(state, event.payload.rooms);
    case "roomCatchup":
      return changeRoom(state, event.payload.roomId, (room) => onCatchup(room, event.payload, me(state)));
    case "serverMessages":
      return changeRoom(state, event.payload.roomId, (room) => onLive(room, event.payload.messages, me(state)));
    case "messagesAccepted":
      return changeRoom(state, event.payload.roomId, (room) => onAccepted(room, event.payload.results, me(state)));
    case "roomHistory": {
      const { roomId, messages, hasMoreMessages } = event.payload;
      return changeRoom(state, roomId, (room) => ({
        ...room,
        messages: mergeMessages(room.messages, messages),
        hasMore: hasMoreMessages,
        history: "idle",
      }));
    }
    case "messageDeleted": {
      const { roomId, messageId } = event.payload;
      return changeRoom(state, roomId, (room) => ({ ...room, messages: withoutMessages(room.messages, [messageId]) }));
    }
    case "readState": {
      const { roomId, readId, unread } = event.payload;
      return changeRoom(state, roomId, (room) =>
        compareIds(readId, room.readId) < 0 ? room : { ...room, readId, unread },
      );
    }
    case "roomPresence": {
      const { roomId, online, users } = event.payload;
      return changeRoom(state, roomId, (room) => ({ ...room, attendance: { online, users } }));
    }
    case "presence":
      return changeRoom(state, event.payload.roomId, (room) => ({
        ...room,
        attendance: attended(room.attendance, event.payload),
      }));
    case "roomJoined": {
      const { room } = event.payload;
      return { ...state, rooms: { ...state.rooms, [room.id]: introduced(state.rooms[room.id], room) } };
    }
    case "roomLeft": {
      const { [event.payload.roomId]: left, ...rooms } = state.rooms;
      return left === undefined ? state : { ...state, rooms };
    }
    default:
      return state;
  }
}

function onHello(state: State, infos: readonly RoomInfo[]): State {
  const rooms = Object.fromEntries(infos.map((info) => [info.id, introduced(state.rooms[info.id], info)]));
  return { ...state, rooms, roomsKnown: true };
}

function introduced(known: Room | undefined, { id, name, kind, lastId, readId, unread }: RoomInfo): Room {
  if (known === undefined)
    return {
      id,
      name,
      kind,
      lastId: lastId ?? NO_ID,
      seenId: NO_ID,
      readId: readId ?? NO_ID,
      unread: unread ?? 0,
      messages: [],
      hasMore: false,
      synced: false,
      history: "idle",
      outbox: [],
      typists: [],
    };
  return {
    ...known,
    name,
    kind,
    lastId: laterId(lastId ?? NO_ID, known.lastId),
    readId: laterId(readId ?? NO_ID, known.readId),
    unread: unread ?? known.unread,
    attendance: undefined,
    typists: [],
    // A page of history asked for on the lost socket does not come any more.
    history: "idle",
  };
}

function onCatchup(room: Room, payload: ServerPayloads["roomCatchup"], user: User | undefined): Room {
  const { reset, messages, deleted, hasMoreMessages } = payload;
  const newest = messages.at(-1)?.id ?? NO_ID;
  const missed = messages.filter(({ id }) => compareIds(id, room.lastId) > 0);
  return {
    ...room,
    messages: reset ? messages : mergeMessages(withoutMessages(room.messages, deleted), messages),
    hasMore: reset ? (hasMoreMessages ?? false) : room.hasMore,
    synced: true,
    seenId: reset ? newest : laterId(newest, room.seenId),
    lastId: laterId(newest, room.lastId),
    // What came before `hello` is counted there.
    unread: room.unread + unreadIn(missed, room, user),
    outbox: confirmed(room.outbox, messages, user),
  };
}

function onLive(room: Room, messages: readonly Message[], user: User | undefined): Room {
  const newest = messages.at(-1)?.id ?? NO_ID;
  const fresh = messages.filter(({ id }) => compareIds(id, room.seenId) > 0);
  const merged = mergeMessages(room.messages, messages);
  const kept = merged.length > MAX_KEPT ? merged.slice(-KEPT) : merged;
  return {
    ...room,
    messages: kept,
    hasMore: room.hasMore || kept !== merged,
    typists: withoutTypists(
      room.typists,
      messages.map((message) => message.user.id),
    ),
    seenId: laterId(newest, room.seenId),
    lastId: laterId(newest, room.lastId),
    unread: room.unread + unreadIn(fresh, room, user),
    outbox: confirmed(room.outbox, messages, user),
  };
}

function onAccepted(room: Room, results: readonly AcceptedMessage[], user: User | undefined): Room {
  if (user === undefined) return room;
  const stored = results.flatMap(({ nonce, id, seq, timestamp }): Message[] => {
    const written = room.outbox.find((message) => message.nonce === nonce);
    return written === undefined ? [] : [{ id, seq, timestamp, nonce, user, content: written.content }];
  });
  if (stored.length === 0) return room;
  return {
    ...room,
    messages: mergeMessages(room.messages, stored),
    // `seenId` stays: messages of others with lower ids may still be on their way.
    lastId: stored.reduce((last, { id }) => laterId(last, id), room.lastId),
    outbox: confirmed(room.outbox, stored, user),
  };
}

function attended(
  known: Attendance | undefined,
  { online, joined, left }: ServerPayloads["presence"],
): Attendance | undefined {
  // What is known at first comes with `roomPresence`.
  if (known === undefined) return undefined;
  const gone = new Set([...left, ...joined.map(({ id }) => id)]);
  return { online, users: [...known.users.filter(({ id }) => !gone.has(id)), ...joined] };
}

function unreadIn(messages: readonly Message[], room: Room, user: User | undefined): number {
  return messages.filter((message) => message.user.id !== user?.id && compareIds(message.id, room.readId) > 0).length;
}

/** The outbox without what the server has stored. */
function confirmed(
  outbox: readonly Outgoing[],
  messages: readonly Message[],
  user: User | undefined,
): readonly Outgoing[] {
  if (outbox.length === 0) return outbox;
  const stored = new Set(messages.filter((message) => message.user.id === user?.id).map(({ nonce }) => nonce));
  return outbox.some(({ nonce }) => stored.has(nonce)) ? outbox.filter(({ nonce }) => !stored.has(nonce)) : outbox;
}

function onOwnAction(room: Room, action: RoomAction): Room {
  switch (action.type) {
    case "room/wrote":
      return { ...room, outbox: [...room.outbox, action.message] };
    case "room/outgoing": {
      const outbox = room.outbox.map((each) => (each.nonce === action.nonce ? { ...each, ...action.change } : each));
      return { ...room, outbox };
    }
    case "room/discarded":
      return { ...room, outbox: room.outbox.filter(({ nonce }) => nonce !== action.nonce) };
    case "room/history":
      return { ...room, history: action.history };
    case "room/typing":
      return { ...room, typists: withTypist(room.typists, action.user, action.until, action.now) };
    case "room/read":
      if (compareIds(action.messageId, room.readId) <= 0 && room.unread === 0) return room;
      return { ...room, readId: laterId(action.messageId, room.readId), unread: 0 };
    default:
      return room;
  }
}

function changeRoom(state: State, roomId: string, change: (room: Room) => Room): State {
  const room = state.rooms[roomId];
  if (room === undefined) return state;
  const next = change(room);
  return next === room ? state : { ...state, rooms: { ...state.rooms, [roomId]: next } };
}

function me({ session }: State): User | undefined {
  return session.status === "in" ? session.me : undefined;
}
