import { useEffect, useState } from "react";
import { navigate, paths } from "../app/routes.ts";
import { useApp, useText } from "../app/use-app.ts";
import { Dialog } from "../components/dialog.tsx";
import { errorText } from "../i18n/translate.ts";
import { RequestError } from "../socket/connection.ts";
import type { PublicRoom } from "../socket/events.ts";

const MAX_NAME_BYTES = 100;
const SEARCH_AFTER_MS = 250;

interface Found {
  readonly rooms: readonly PublicRoom[];
  readonly next?: string | undefined;
}

/** Finds a room by its name, or makes one. */
export function BrowseRooms({ onClose }: { readonly onClose: () => void }): React.ReactNode {
  const { rooms } = useApp();
  const { t } = useText();
  const [query, setQuery] = useState("");
  const [found, setFound] = useState<Found>();
  const [name, setName] = useState("");
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);

  /** Carries out a request and shows what goes wrong. */
  const attempt = async (request: () => Promise<void>): Promise<void> => {
    setError(undefined);
    setBusy(true);
    try {
      await request();
    } catch (failure) {
      if (!(failure instanceof RequestError)) throw failure;
      setError(errorText(t, failure.code));
    } finally {
      setBusy(false);
    }
  };
  useEffect(() => {
    let isCurrent = true;
    const search = async (): Promise<void> => {
      try {
        const result = await rooms.list(query.trim());
        if (isCurrent) setFound(result);
      } catch (failure) {
        if (!(failure instanceof RequestError)) throw failure;
        if (isCurrent) setError(errorText(t, failure.code));
      }
    };
    const timer = setTimeout(() => void search(), SEARCH_AFTER_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [query, rooms, t]);

  const enter = (id: string): void => {
    onClose();
    navigate(paths.room(id));
  };
  const open = ({ id, joined }: PublicRoom): Promise<void> =>
    attempt(async () => {
      if (!joined) await rooms.join(id);
      enter(id);
    });
  const more = (): Promise<void> =>
    attempt(async () => {
      const page = await rooms.list(query.trim(), found?.next);
      setFound({ ...page, rooms: [...(found?.rooms ?? []), ...page.rooms] });
    });
  const canCreate = name.trim() !== "" && new TextEncoder().encode(name.trim()).length <= MAX_NAME_BYTES && !busy;
  return (
    <Dialog title={t("rooms.browse.title")} onClose={onClose}>
      <label className="field">
        <span>{t("rooms.browse.search")}</span>
        <input type="search" data-first="" value={query} onChange={(event) => setQuery(event.target.value)} />
      </label>
      <p role="alert" className="error-text">
        {error}
      </p>
      <FoundRooms found={found} busy={busy} onOpen={(room) => void open(room)} onMore={() => void more()} />
      <form
        className="field-row"
        onSubmit={(event) => {
          event.preventDefault();
          if (canCreate) void attempt(async () => enter(await rooms.create(name.trim())));
        }}
      >
        <label className="field">
          <span>{t("rooms.create.label")}</span>
          <input value={name} onChange={(event) => setName(event.target.value)} autoComplete="off" />
        </label>
        <button type="submit" className="primary" disabled={!canCreate}>
          {t("rooms.create.action")}
        </button>
      </form>
    </Dialog>
  );
}

interface FoundRoomsProps {
  readonly found: Found | undefined;
  readonly busy: boolean;
  readonly onOpen: (room: PublicRoom) => void;
  readonly onMore: () => void;
}

function FoundRooms({ found, busy, onOpen, onMore }: FoundRoomsProps): React.ReactNode {
  const { t } = useText();
  if (found === undefined) return <p className="muted">{t("rooms.browse.loading")}</p>;
  if (found.rooms.length === 0) return <p className="muted">{t("rooms.browse.none")}</p>;
  return (
    <ul className="found">
      {found.rooms.map((room) => (
        <li key={room.id}>
          <span className="found-name">{room.name}</span>
          <button
            type="button"
            className={room.joined ? "plain" : "primary"}
            disabled={busy}
            aria-label={`${t(room.joined ? "rooms.browse.open" : "rooms.browse.join")}: ${room.name}`}
            onClick={() => onOpen(room)}
          >
            {t(room.joined ? "rooms.browse.open" : "rooms.browse.join")}
          </button>
        </li>
      ))}
      {found.next === undefined ? null : (
        <li>
          <button type="button" className="plain wide" disabled={busy} onClick={onMore}>
            {t("rooms.browse.more")}
          </button>
        </li>
      )}
    </ul>
  );
}
