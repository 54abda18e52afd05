import { memo, useState } from "react";
import { useApp, useText } from "../app/use-app.ts";
import { errorText } from "../i18n/translate.ts";
import { Markdown } from "../markdown/markdown.tsx";
import { RequestError } from "../socket/connection.ts";
import type { Message, User } from "../socket/events.ts";
import { mentions } from "../state/mentions.ts";
import type { Outgoing } from "../state/state.ts";
import { Avatar, hueOf } from "./avatar.tsx";
import { Confirm } from "./dialog.tsx";
import { Icon } from "./icon.tsx";

interface RoomMessageProps {
  readonly roomId: string;
  readonly message: Message;
  readonly heads: boolean;
  /** The reader. */
  readonly me: User;
}

/** A message as the server has it. */
export const RoomMessage = memo(function RoomMessage({
  roomId,
  message,
  heads,
  me,
}: RoomMessageProps): React.ReactNode {
  const { t, locale } = useText();
  const { user, timestamp, content } = message;
  const own = user.id === me.id;
  const called = !own && mentions(content, me.username);
  const name = user.username === "" ? t("room.unknownUser") : user.username;
  return (
    <article
      className={`${messageClass(heads, own)}${called ? " message-called" : ""}`}
      data-item={message.id}
      data-message={message.id}
    >
      {heads ? <Avatar name={name} /> : null}
      <div className="message-body">
        {heads ? <MessageHead name={name} at={timestamp} locale={locale} /> : null}
        <Markdown text={content} reader={own ? "" : me.username} t={t} />
      </div>
      {own ? <DeleteButton roomId={roomId} messageId={message.id} /> : null}
    </article>
  );
});

function DeleteButton({ roomId, messageId }: { readonly roomId: string; readonly messageId: string }): React.ReactNode {
  const { rooms, store } = useApp();
  const { t } = useText();
  const [asks, setAsks] = useState(false);
  const remove = async (): Promise<void> => {
    try {
      await rooms.delete(roomId, messageId);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      store.dispatch({ type: "notice", code: error.code });
    }
  };
  return (
    <>
      <button
        type="button"
        className="quiet icon-button message-action"
        aria-label={t("room.delete")}
        onClick={() => setAsks(true)}
      >
        <Icon name="trash" />
      </button>
      {asks ? (
        <Confirm
          title={t("room.delete.confirm")}
          hint={t("room.delete.hint")}
          action={t("room.delete.action")}
          onConfirm={() => void remove()}
          onClose={() => setAsks(false)}
        />
      ) : null}
    </>
  );
}

interface OutgoingMessageProps {
  readonly roomId: string;
  readonly message: Outgoing;
  readonly me: User;
  readonly heads: boolean;
}

/** A message of one's own on its way, or stuck. */
export function OutgoingMessage({ roomId, message, me, heads }: OutgoingMessageProps): React.ReactNode {
  const { rooms } = useApp();
  const { t, locale } = useText();
  const { nonce, state, code, content, at } = message;
  return (
    <article className={`${messageClass(heads, true)} message-${state}`} data-item={nonce} data-outgoing={state}>
      {heads ? <Avatar name={me.username} /> : null}
      <div className="message-body">
        {heads ? <MessageHead name={me.username} at={at} locale={locale} /> : null}
        <Markdown text={content} t={t} />
        {state === "failed" ? (
          <div className="message-state error-text">
            <span>{t("room.state.failed", { reason: errorText(t, code ?? "") })}</span>
            <button type="button" className="plain small" onClick={() => rooms.retry(roomId, nonce)}>
              {t("action.retry")}
            </button>
            <button type="button" className="plain small" onClick={() => rooms.discard(roomId, nonce)}>
              {t("action.discard")}
            </button>
          </div>
        ) : (
          <div className="message-state">{t(state === "queued" ? "room.state.queued" : "room.state.sending")}</div>
        )}
      </div>
    </article>
  );
}

interface MessageHeadProps {
  readonly name: string;
  readonly at: number;
  readonly locale: string;
}

function MessageHead({ name, at, locale }: MessageHeadProps): React.ReactNode {
  const when = new Date(at);
  return (
    <header className="message-head">
      <span className={`message-author hue-text-${hueOf(name)}`}>{name}</span>
      <time dateTime={when.toISOString()} title={when.toLocaleString(locale)}>
        {when.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" })}
      </time>
    </header>
  );
}

function messageClass(heads: boolean, own: boolean): string {
  return `message${heads ? " message-heads" : ""}${own ? " message-own" : ""}`;
}
