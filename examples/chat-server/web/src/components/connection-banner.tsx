import { useApp, useSelector, useText } from "../app/use-app.ts";
import { useIsPast, useSecondsUntil } from "../app/use-now.ts";
import { Icon } from "./icon.tsx";

const SHOWN_AFTER_MS = 2_000;

/** Says that the connection is lost, once that lasts longer than a blink, and when the next try is. */
export function ConnectionBanner(): React.ReactNode {
  const app = useApp();
  const { t } = useText();
  const link = useSelector((state) => state.link);
  const since = "since" in link ? link.since : undefined;
  const seconds = useSecondsUntil(link.phase === "waiting" ? link.nextTryAt : undefined);
  const isShown = useIsPast(since, SHOWN_AFTER_MS);
  return (
    <div role="status" className="banner-slot">
      {isShown ? (
        <div className="banner banner-warn">
          <Icon name="alert" />
          <p>
            <strong>{t(link.phase === "stopped" ? "link.stopped" : "link.lost")}</strong>{" "}
            {link.phase === "waiting" ? <span aria-hidden="true">{t("link.retryIn", { count: seconds })}</span> : null}
            {link.phase === "connecting" ? t("link.retrying") : null}
          </p>
          {link.phase === "connecting" ? null : (
            <button type="button" className="plain small" onClick={() => app.reconnect()}>
              {t(link.phase === "stopped" ? "link.here" : "link.now")}
            </button>
          )}
        </div>
      ) : null}
    </div>
  );
}
