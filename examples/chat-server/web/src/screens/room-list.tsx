import { useMemo, useState } from "react";
import { paths } from "../app/routes.ts";
import { useSelector, useText } from "../app/use-app.ts";
import { Avatar } from "../components/avatar.tsx";
import { Icon } from "../components/icon.tsx";
import { Link } from "../components/link.tsx";
import type { Translate } from "../i18n/translate.ts";
import type { User } from "../socket/events.ts";
import { type Preview, previewOf, roomsByLastMessage } from "../state/select-rooms.ts";
import { sameDay } from "../state/timeline.ts";
import { BrowseRooms } from "./browse-rooms.tsx";
import { UnreadBadge } from "./room-view.tsx";

/** The rooms one is in, the one with the newest message first. */
export function RoomList({
  current,
  me,
}: {
  readonly current: string | undefined;
  readonly me: User;
}): React.ReactNode {
  const { t, locale } = useText();
  const rooms = useSelector((state) => state.rooms);
  const sorted = useMemo(() => roomsByLastMessage(rooms), [rooms]);
  const [browses, setBrowses] = useState(false);
  return (
    <nav className="side-list" aria-label={t("rooms.title")}>
      <div className="side-tools">
        <button type="button" className="plain wide" onClick={() => setBrowses(true)}>
          <Icon name="plus" />
          {t("rooms.add")}
        </button>
      </div>
      <ul>
        {sorted.map((room) => {
          const preview = previewOf(room, me);
          return (
            <li key={room.id}>
              <Link
                to={paths.room(room.id)}
                className={room.unread > 0 ? "side-item side-item-unread" : "side-item"}
                aria-current={room.id === current ? "page" : undefined}
              >
                <Avatar name={room.name} />
                <span className="side-text">
                  <span className="side-name">{room.name}</span>
                  <span className="side-preview">{previewText(preview, t)}</span>
                </span>
                <span className="side-meta">
                  {preview === undefined ? null : <span className="side-time">{shortTime(preview.at, locale)}</span>}
                  <UnreadBadge unread={room.unread} />
                </span>
              </Link>
            </li>
          );
        })}
      </ul>
      {browses ? <BrowseRooms onClose={() => setBrowses(false)} /> : null}
    </nav>
  );
}

function previewText(preview: Preview | undefined, t: Translate): string {
  if (preview === undefined) return t("rooms.empty");
  if (preview.own) return t("rooms.you", { text: preview.text });
  return preview.author === "" ? preview.text : `${preview.author}: ${preview.text}`;
}

function shortTime(at: number, locale: string): string {
  const date = new Date(at);
  return sameDay(at, Date.now())
    ? date.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" })
    : date.toLocaleDateString(locale, { day: "numeric", month: "short" });
}
