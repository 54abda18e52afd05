import { useEffect } from "react";
import { useApp, useSelector, useText } from "../app/use-app.ts";
import { errorText } from "../i18n/translate.ts";
import { Icon } from "./icon.tsx";

const SHOWN_MS = 8_000;

/** Says for a while what went wrong. */
export function NoticeBar(): React.ReactNode {
  const app = useApp();
  const { t } = useText();
  const notice = useSelector((state) => state.notice);
  useEffect(() => {
    if (notice === undefined) return undefined;
    const timer = setTimeout(() => app.dismissNotice(), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [app, notice]);
  return (
    <div role="alert" className="notice-slot">
      {notice === undefined ? null : (
        <div className="notice">
          <p>{errorText(t, notice.code)}</p>
          <button
            type="button"
            className="quiet icon-button"
            aria-label={t("action.close")}
            onClick={() => app.dismissNotice()}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  );
}
