import { useEffect, useRef, useState } from "react";
import { paths, navigate } from "../app/routes.ts";
import { useApp, useSelector, useText } from "../app/use-app.ts";
import { AnchoredScroller, type Edges } from "../components/anchored-scroller.tsx";
import { Composer } from "../components/composer.tsx";
import { DayLine } from "../components/day-line.tsx";
import { Confirm } from "../components/dialog.tsx";
import { Empty } from "../components/empty.tsx";
import { Icon } from "../components/icon.tsx";
import { OutgoingMessage, RoomMessage } from "../components/room-message.tsx";
import { RoomPeople, TypingLine } from "../components/room-people.tsx";
import { RequestError } from "../socket/connection.ts";
import type { User } from "../socket/events.ts";
import { compareIds } from "../socket/message-id.ts";
import { NEWEST, extendDown, extendUp, pinned, showsNewest, shownRange } from "../state/message-window.ts";
import { badgeText } from "../state/select-rooms.ts";
import type { Room } from "../state/state.ts";
import { timeline } from "../state/timeline.ts";
import { PaneHead } from "./pane-head.tsx";

/** One room: what was said, and where to write. */
export function RoomView({ roomId, me }: { readonly roomId: string; readonly me: User }): React.ReactNode {
  const { t } = useText();
  const room = useSelector(({ rooms }) => rooms[roomId]);
  const known = useSelector(({ roomsKnown }) => roomsKnown);
  const { rooms } = useApp();
  const isMember = room !== undefined;
  useEffect(() => {
    if (!isMember) return undefined;
    rooms.view(roomId);
    return () => rooms.view(undefined);
  }, [rooms, roomId, isMember]);
  if (room === undefined)
    return (
      <>
        <PaneHead title={known ? t("nav.rooms") : ""} back={paths.rooms} />
        {known ? (
          <Empty icon="rooms" title={t("rooms.unknown")} hint={t("rooms.unknown.hint")} />
        ) : (
          <Loading text={t("room.loading")} />
        )}
      </>
    );
  return (
    <>
      <PaneHead title={room.name} back={paths.rooms}>
        <RoomPeople attendance={room.attendance} />
        {room.kind === "builtin" ? null : <LeaveButton room={room} />}
      </PaneHead>
      {room.synced ? <RoomMessages key={roomId} room={room} me={me} /> : <Loading text={t("room.loading")} />}
    </>
  );
}

function Loading({ text }: { readonly text: string }): React.ReactNode {
  return (
    <p className="loading" role="status">
      {text}
    </p>
  );
}

function LeaveButton({ room }: { readonly room: Room }): React.ReactNode {
  const { rooms, store } = useApp();
  const { t } = useText();
  const [asks, setAsks] = useState(false);
  const leave = async (): Promise<void> => {
    try {
      await rooms.leave(room.id);
      navigate(paths.rooms, { replace: true });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      store.dispatch({ type: "notice", code: error.code });
    }
  };
  return (
    <>
      <button type="button" className="quiet icon-button" aria-label={t("rooms.leave")} onClick={() => setAsks(true)}>
        <Icon name="leave" />
      </button>
      {asks ? (
        <Confirm
          title={t("rooms.leave.confirm", { name: room.name })}
          hint={t("rooms.leave.hint")}
          action={t("rooms.leave.action")}
          onConfirm={() => void leave()}
          onClose={() => setAsks(false)}
        />
      ) : null}
    </>
  );
}

function RoomMessages({ room, me }: { readonly room: Room; readonly me: User }): React.ReactNode {
  const { rooms } = useApp();
  const { t } = useText();
  const { id: roomId, unread, readId } = room;
  // What stands above a message decides how it looks, so the oldest one waits until that is known.
  const messages = room.hasMore ? room.messages.slice(1) : room.messages;
  const [window, setWindow] = useState(NEWEST);
  const [atBottom, setAtBottom] = useState(true);
  const isVisible = useVisible();
  const isLive = useSelector(({ link }) => link.phase === "live");
  const scroller = useRef<AnchoredScroller>(null);
  const complete = showsNewest(messages, window);
  const reads = atBottom && complete && isVisible;
  const [newAfter, clearDivider] = useDivider(room, reads);

  const newestId = messages.at(-1)?.id;
  useEffect(() => {
    if (!reads || newestId === undefined) return;
    if (unread > 0 || compareIds(newestId, readId) > 0) rooms.markRead(roomId, newestId);
  }, [reads, newestId, unread, readId, roomId, rooms]);

  const onEdges = (edges: Edges): void => {
    setAtBottom(edges.atBottom);
    setWindow((shown) => {
      const held =
        edges.atBottom && showsNewest(messages, shown) ? { ...shown, endId: undefined } : pinned(messages, shown);
      const next = edges.nearBottom ? extendDown(messages, held) : held;
      const wider = edges.nearTop ? extendUp(messages, next) : next;
      return wider.endId === shown.endId && wider.size === shown.size ? shown : wider;
    });
    if (isLive && edges.nearTop && shownRange(messages, window)[0] === 0 && room.history === "idle")
      void rooms.loadHistory(roomId);
  };
  const toNewest = (): void => {
    setWindow(NEWEST);
    setAtBottom(true);
    // Once the newest messages are on the page.
    requestAnimationFrame(() => scroller.current?.toBottom());
  };
  const post = (text: string): void => {
    clearDivider();
    rooms.post(roomId, text);
    toNewest();
  };

  const [start, end] = shownRange(messages, window);
  const shown = messages.slice(start, end);
  const above = start > 0 ? messages[start - 1] : room.hasMore ? room.messages[0] : undefined;
  const items = timeline(shown, above, newAfter, me.id);
  const lastShown = shown.at(-1);
  return (
    <>
      {messages.length === 0 && room.outbox.length === 0 && !room.hasMore ? (
        <Empty icon="rooms" title={t("room.empty")} hint={t("room.empty.hint")} />
      ) : (
        <div className="scroller-frame">
          <AnchoredScroller
            ref={scroller}
            label={t("room.messages", { name: room.name })}
            live="polite"
            busy={room.history === "loading"}
            complete={complete}
            onEdges={onEdges}
          >
            <HistoryLine room={room} atStart={start === 0} />
            {items.map((item) => {
              if (item.kind === "day") return <DayLine key={item.key} at={item.at} />;
              if (item.kind === "new") return <NewLine key={item.key} />;
              return <RoomMessage key={item.key} roomId={roomId} message={item.message} heads={item.heads} me={me} />;
            })}
            {complete
              ? room.outbox.map((message, index) => (
                  <OutgoingMessage
                    key={message.nonce}
                    roomId={roomId}
                    message={message}
                    me={me}
                    heads={index === 0 && lastShown?.user.id !== me.id}
                  />
                ))
              : null}
          </AnchoredScroller>
          {atBottom && complete ? null : (
            <button type="button" className="jump" onClick={toNewest}>
              <Icon name="down" />
              <span className={unread === 0 ? "hidden" : undefined}>
                {unread === 0 ? t("room.jump") : t("room.jump.count", { count: unread })}
              </span>
            </button>
          )}
        </div>
      )}
      <Composer
        place={`room ${roomId}`}
        label={t("composer.label", { name: room.name })}
        placeholder={t("composer.placeholder")}
        onSend={post}
        onTyping={() => rooms.typing(roomId)}
      >
        <TypingLine typists={room.typists} />
      </Composer>
    </>
  );
}

function HistoryLine({ room, atStart }: { readonly room: Room; readonly atStart: boolean }): React.ReactNode {
  const { rooms } = useApp();
  const { t } = useText();
  // A line of the same height whatever it says: at the top there is no room to make up for one that goes.
  if (atStart && !room.hasMore) return <p className="history-line">{t("room.start", { name: room.name })}</p>;
  if (!atStart || room.history !== "failed") return <p className="history-line">{t("room.older")}</p>;
  return (
    <p className="history-line">
      {t("room.older.failed")}{" "}
      <button type="button" className="plain small" onClick={() => void rooms.loadHistory(room.id)}>
        {t("action.retry")}
      </button>
    </p>
  );
}

function NewLine(): React.ReactNode {
  const { t } = useText();
  return (
    <div className="new-line" data-begin="">
      <span>{t("room.new")}</span>
    </div>
  );
}

/** After which message the line above what is new stands: it stays where it was when the reader came. */
function useDivider({ unread, readId }: Room, reads: boolean): [after: string | undefined, clear: () => void] {
  const [after, setAfter] = useState(() => (unread > 0 ? readId : undefined));
  const [wasUnread, setWasUnread] = useState(unread > 0);
  const isUnread = unread > 0;
  if (isUnread !== wasUnread) {
    setWasUnread(isUnread);
    // What comes while one reads along is not news.
    if (isUnread && !reads) setAfter(readId);
  }
  return [after, () => setAfter(undefined)];
}

/** Whether the tab is in front. */
function useVisible(): boolean {
  const [isVisible, setVisible] = useState(!document.hidden);
  useEffect(() => {
    const onChange = (): void => setVisible(!document.hidden);
    document.addEventListener("visibilitychange", onChange);
    return () => document.removeEventListener("visibilitychange", onChange);
  }, []);
  return isVisible;
}

export function UnreadBadge({ unread }: { readonly unread: number }): React.ReactNode {
  const { t } = useText();
  if (unread === 0) return null;
  return (
    <span className="badge">
      <span aria-hidden="true">{badgeText(unread)}</span>
      <span className="hidden">{t("rooms.unread", { count: unread })}</span>
    </span>
  );
}
