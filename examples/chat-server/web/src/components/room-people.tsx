import { useState } from "react";
import { useText } from "../app/use-app.ts";
import { useNow } from "../app/use-now.ts";
import type { Typist } from "../state/typists.ts";
import type { Attendance } from "../state/state.ts";
import { Avatar } from "./avatar.tsx";
import { Dialog } from "./dialog.tsx";

const TICK_MS = 500;

/** How many are online in a room; who they are, for those who ask. */
export function RoomPeople({ attendance }: { readonly attendance: Attendance | undefined }): React.ReactNode {
  const { t } = useText();
  const [isOpen, setOpen] = useState(false);
  if (attendance === undefined) return null;
  const { online, users } = attendance;
  const more = online - users.length;
  return (
    <>
      <button type="button" className="quiet people" onClick={() => setOpen(true)}>
        <span className="people-dot" aria-hidden="true" />
        {t("room.online", { count: online })}
      </button>
      {isOpen ? (
        <Dialog title={t("room.online", { count: online })} onClose={() => setOpen(false)}>
          <ul className="people-list">
            {users
              .toSorted((a, b) => a.username.localeCompare(b.username))
              .map(({ id, username }) => (
                <li key={id}>
                  <Avatar name={username} />
                  <span className="side-name">{username}</span>
                </li>
              ))}
            {more > 0 ? <li className="muted">{t("room.online.more", { count: more })}</li> : null}
          </ul>
        </Dialog>
      ) : null}
    </>
  );
}

/** Who types right now. It always takes its line, so that nothing moves. */
export function TypingLine({ typists }: { readonly typists: readonly Typist[] }): React.ReactNode {
  return <p className="typing">{typists.length === 0 ? null : <Typing typists={typists} />}</p>;
}

function Typing({ typists }: { readonly typists: readonly Typist[] }): React.ReactNode {
  const { t } = useText();
  const now = useNow(TICK_MS);
  const [first, second, ...others] = typists.filter(({ until }) => until > now).map(({ user }) => user.username);
  if (first === undefined) return null;
  return (
    <>
      <span className="typing-dots" aria-hidden="true">
        <i />
        <i />
        <i />
      </span>
      <span className="typing-names">
        {second === undefined
          ? t("room.typing.one", { name: first })
          : others.length === 0
            ? t("room.typing.two", { name: first, other: second })
            : t("room.typing.many")}
      </span>
    </>
  );
}
