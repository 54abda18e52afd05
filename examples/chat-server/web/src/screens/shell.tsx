import { useCallback, useState } from "react";
import { type Route, paths } from "../app/routes.ts";
import { useSelector, useText } from "../app/use-app.ts";
import { Avatar } from "../components/avatar.tsx";
import { ConnectionBanner } from "../components/connection-banner.tsx";
import { Empty } from "../components/empty.tsx";
import { Icon } from "../components/icon.tsx";
import { Link } from "../components/link.tsx";
import { NoticeBar } from "../components/notice-bar.tsx";
import type { User } from "../socket/events.ts";
import { badgeText } from "../state/select-rooms.ts";
import { AssistantView } from "./assistant-view.tsx";
import { ConversationList } from "./conversation-list.tsx";
import { RoomList } from "./room-list.tsx";
import { RoomView } from "./room-view.tsx";
import { Switcher, useSwitcherKey } from "./switcher.tsx";
import { Settings } from "./settings.tsx";

export type ShellRoute = Extract<Route, { screen: "rooms" | "assistant" | "settings" }>;

/** The page of those who are signed in: lists at the left, what was chosen beside them. */
export function Shell({ route, me }: { readonly route: ShellRoute; readonly me: User }): React.ReactNode {
  const { t } = useText();
  const showsList =
    (route.screen === "rooms" && route.roomId === undefined) ||
    (route.screen === "assistant" && route.conversationId === undefined);
  const [switches, setSwitches] = useState(false);
  const openSwitcher = useCallback(() => setSwitches(true), []);
  useSwitcherKey(openSwitcher);
  return (
    <div className="shell" data-pane={showsList ? "list" : "content"}>
      <a className="skip" href="#content">
        {t("app.skip")}
      </a>
      <aside className="side">
        <SideHead route={route} onSwitch={openSwitcher} />
        {route.screen === "assistant" ? (
          <ConversationList current={route.conversationId} />
        ) : (
          <RoomList current={route.screen === "rooms" ? route.roomId : undefined} me={me} />
        )}
        <Link to={paths.settings} className="side-foot" aria-current={route.screen === "settings" ? "page" : undefined}>
          <Avatar name={me.username} />
          <span className="hidden">{t("nav.settings")}: </span>
          <span className="side-name">{me.username}</span>
          <Icon name="settings" />
        </Link>
      </aside>
      <main className="pane" id="content" tabIndex={-1}>
        <ConnectionBanner />
        <Content route={route} me={me} />
      </main>
      <NoticeBar />
      {switches ? <Switcher onClose={() => setSwitches(false)} /> : null}
    </div>
  );
}

interface SideHeadProps {
  readonly route: ShellRoute;
  readonly onSwitch: () => void;
}

function SideHead({ route, onSwitch }: SideHeadProps): React.ReactNode {
  const { t } = useText();
  const unread = useSelector(({ rooms }) => Object.values(rooms).reduce((sum, room) => sum + room.unread, 0));
  return (
    <header className="side-head">
      <div className="side-brand">
        <p className="brand">
          <img src="/favicon.svg" alt="" width="28" height="28" />
          {t("app.name")}
        </p>
        <button
          type="button"
          className="quiet icon-button"
          aria-label={t("switcher.title")}
          aria-keyshortcuts="Control+K Meta+K"
          title="Ctrl + K"
          onClick={onSwitch}
        >
          <Icon name="search" />
        </button>
      </div>
      <nav className="tabs" aria-label={t("app.name")}>
        <Link to={paths.rooms} aria-current={route.screen === "rooms" ? "true" : undefined}>
          {t("nav.rooms")}
          {unread > 0 && route.screen !== "rooms" ? (
            <span className="badge" aria-hidden="true">
              {badgeText(unread)}
            </span>
          ) : null}
        </Link>
        <Link to={paths.assistant} aria-current={route.screen === "assistant" ? "true" : undefined}>
          {t("nav.assistant")}
        </Link>
      </nav>
    </header>
  );
}

function Content({ route, me }: { readonly route: ShellRoute; readonly me: User }): React.ReactNode {
  const { t } = useText();
  switch (route.screen) {
    case "settings":
      return <Settings me={me} />;
    case "assistant":
      return <AssistantView conversationId={route.conversationId === "new" ? undefined : route.conversationId} />;
    default:
      return route.roomId === undefined ? (
        <Empty icon="rooms" title={t("rooms.pick")} hint={t("rooms.pick.hint")} />
      ) : (
        <RoomView roomId={route.roomId} me={me} />
      );
  }
}
