import { useEffect, useRef, useState } from "react";
import { paths } from "../app/routes.ts";
import { useApp, useSelector, useText } from "../app/use-app.ts";
import { Icon } from "../components/icon.tsx";
import { Link } from "../components/link.tsx";

const SEARCH_AFTER_MS = 250;

/** The conversations with the assistant, the newest first. */
export function ConversationList({ current }: { readonly current: string | undefined }): React.ReactNode {
  const { assistant } = useApp();
  const { t, locale } = useText();
  const list = useSelector(({ ai }) => ai.list);
  const isLive = useSelector(({ link }) => link.phase === "live");
  const [query, setQuery] = useState(list.query);
  const searched = useRef(list.status === "idle" ? undefined : list.query);
  useEffect(() => {
    if (!isLive || searched.current === query.trim()) return undefined;
    const search = (): void => {
      searched.current = query.trim();
      void assistant.search(query.trim());
    };
    const timer = setTimeout(search, searched.current === undefined ? 0 : SEARCH_AFTER_MS);
    return () => clearTimeout(timer);
  }, [assistant, isLive, query]);
  return (
    <nav className="side-list" aria-label={t("ai.title")}>
      <div className="side-tools">
        <Link
          to={paths.newConversation}
          className="plain wide button"
          aria-current={current === undefined ? "page" : undefined}
        >
          <Icon name="plus" />
          {t("ai.new")}
        </Link>
        <label className="search">
          <Icon name="search" />
          <input
            type="search"
            value={query}
            placeholder={t("ai.search")}
            aria-label={t("ai.search")}
            onChange={(event) => setQuery(event.target.value)}
          />
        </label>
      </div>
      <ul>
        {list.items.map(({ id, title, updatedAt }) => (
          <li key={id}>
            <Link to={paths.conversation(id)} className="side-item" aria-current={id === current ? "page" : undefined}>
              <span className="side-text">
                <span className="side-name">{title}</span>
                <span className="side-preview">
                  {new Date(updatedAt).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" })}
                </span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
      <ListEnd />
    </nav>
  );
}

function ListEnd(): React.ReactNode {
  const { assistant } = useApp();
  const { t } = useText();
  const { status, items, next, query } = useSelector(({ ai }) => ai.list);
  if (status === "loading") return <p className="side-note">{t("ai.loading")}</p>;
  if (status === "failed")
    return (
      <p className="side-note">
        {t("ai.list.failed")}{" "}
        <button type="button" className="plain small" onClick={() => void assistant.search(query)}>
          {t("action.retry")}
        </button>
      </p>
    );
  if (next !== undefined)
    return (
      <div className="side-note">
        <button type="button" className="plain wide" onClick={() => void assistant.loadMoreOfList()}>
          {t("ai.more")}
        </button>
      </div>
    );
  if (items.length > 0) return null;
  return <p className="side-note">{t(query === "" ? "ai.none" : "ai.noneFound")}</p>;
}
