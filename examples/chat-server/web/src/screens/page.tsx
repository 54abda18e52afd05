import { Suspense, lazy, useEffect } from "react";
import { type Route, navigate, paths, useRoute } from "../app/routes.ts";
import { useSelector, useText } from "../app/use-app.ts";
import type { State } from "../state/state.ts";
import { Shell } from "./shell.tsx";
import { SignIn } from "./sign-in.tsx";

// Few ever see it: it is no part of the first load.
const OpsPage = lazy(() => import("../ops/ops-page.tsx"));

/** The whole page: what the address says, for those who may see it. */
export function Page(): React.ReactNode {
  const { t } = useText();
  const route = useRoute();
  const session = useSelector((state) => state.session);
  const elsewhere = redirectOf(route, session.status);
  useDocument(route);
  useEffect(() => {
    if (elsewhere !== undefined) navigate(elsewhere, { replace: true });
  }, [elsewhere]);
  if (route.screen === "ops")
    return (
      <Suspense fallback={<Splash text={t("app.connecting")} />}>
        <OpsPage />
      </Suspense>
    );
  if (session.status === "unknown" || elsewhere !== undefined)
    return (
      <Splash text={t(session.status === "unknown" && session.unreachable ? "app.unreachable" : "app.connecting")} />
    );
  if (route.screen === "signUp") return <SignIn kind="up" />;
  if (route.screen === "logIn") return <SignIn kind="in" />;
  return session.status === "in" ? <Shell route={route} me={session.me} /> : null;
}

function Splash({ text }: { readonly text: string }): React.ReactNode {
  return (
    <p className="splash" role="status">
      <img src="/favicon.svg" alt="" width="48" height="48" />
      {text}
    </p>
  );
}

/** Where somebody has to go instead: the others' part of the page is not theirs. */
function redirectOf(route: Route, status: State["session"]["status"]): string | undefined {
  const isDoor = route.screen === "signUp" || route.screen === "logIn";
  if (status === "in" && isDoor) return (route.screen === "logIn" ? route.next : undefined) ?? paths.rooms;
  if (status !== "out" || isDoor || route.screen === "ops") return undefined;
  return route.screen === "settings" ? paths.logIn() : paths.logIn(location.pathname);
}

/** Keeps the tab's title, the language and the theme as they should be. */
function useDocument(route: Route): void {
  const { t, language } = useText();
  const theme = useSelector(({ preferences }) => preferences.theme);
  const title = useSelector((state) => titleOf(state, route)) ?? t("app.name");
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
}

function titleOf({ rooms, ai }: State, route: Route): string | undefined {
  const unread = Object.values(rooms).reduce((sum, room) => sum + room.unread, 0);
  const count = unread > 0 ? `(${unread}) ` : "";
  const place =
    route.screen === "rooms"
      ? rooms[route.roomId ?? ""]?.name
      : route.screen === "assistant"
        ? ai.conversations[route.conversationId ?? ""]?.title
        : undefined;
  return place === undefined || place === "" ? undefined : `${count}${place} · servertech`;
}
