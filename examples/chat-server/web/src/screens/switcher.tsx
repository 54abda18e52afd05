import { useEffect, useId, useMemo, useState } from "react";
import { navigate, paths } from "../app/routes.ts";
import { useApp, useSelector, useText } from "../app/use-app.ts";
import { Avatar } from "../components/avatar.tsx";
import { Dialog } from "../components/dialog.tsx";
import { Icon } from "../components/icon.tsx";
import type { ConversationInfo } from "../socket/events.ts";
import { roomsByLastMessage } from "../state/select-rooms.ts";

const SEARCH_AFTER_MS = 150;
const MAX_ROOMS = 8;

interface Place {
  readonly path: string;
  readonly name: string;
  readonly kind: "room" | "conversation";
}

/** Calls back at Ctrl-K (or ⌘K), wherever the focus is. */
export function useSwitcherKey(onOpen: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey)
        return;
      event.preventDefault();
      // Not over another dialog.
      if (document.querySelector("dialog[open]") === null) onOpen();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [onOpen]);
}

/** Goes to a room or a conversation by a few letters of its name. */
export function Switcher({ onClose }: { readonly onClose: () => void }): React.ReactNode {
  const { t } = useText();
  const [query, setQuery] = useState("");
  const places = usePlaces(query.trim());
  const [marked, setMarked] = useState(0);
  const listId = useId();
  const current = Math.min(marked, places.length - 1);

  const open = (place: Place | undefined): void => {
    if (place === undefined) return;
    onClose();
    navigate(place.path);
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && places.length > 0) setMarked((current + step + places.length) % places.length);
    else if (event.key === "Enter") open(places[current]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t("switcher.title")} onClose={onClose}>
      <label className="search">
        <Icon name="search" />
        <input
          type="search"
          role="combobox"
          data-first=""
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={places.length === 0 ? undefined : `${listId}-${current}`}
          aria-label={t("switcher.label")}
          placeholder={t("switcher.label")}
          autoComplete="off"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setMarked(0);
          }}
          onKeyDown={onKeyDown}
        />
      </label>
      <div id={listId} role="listbox" aria-label={t("switcher.title")} className="switcher-list">
        {places.map((place, index) => (
          // The keyboard moves in the field above, which names the marked one.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
          <div
            key={place.path}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === current}
            className="switcher-item"
            onClick={() => open(place)}
          >
            {place.kind === "room" ? <Avatar name={place.name} /> : <Icon name="assistant" />}
            <span className="side-name">{place.name}</span>
          </div>
        ))}
      </div>
      <p className="muted" role="status">
        {places.length === 0 ? t("switcher.none") : null}
      </p>
    </Dialog>
  );
}

/** The rooms and conversations whose names have the words; the newest ones while there are none. */
function usePlaces(query: string): readonly Place[] {
  const { assistant } = useApp();
  const rooms = useSelector((state) => state.rooms);
  const known = useSelector(({ ai }) => ai.list.items);
  const [found, setFound] = useState<{ readonly query: string; readonly items: readonly ConversationInfo[] }>();
  useEffect(() => {
    let isCurrent = true;
    const search = async (): Promise<void> => {
      const items = await assistant.find(query);
      if (isCurrent) setFound({ query, items });
    };
    const timer = setTimeout(() => void search(), SEARCH_AFTER_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [assistant, query]);
  return useMemo(() => {
    const wanted = query.toLocaleLowerCase();
    const has = (name: string): boolean => name.toLocaleLowerCase().includes(wanted);
    const conversations = found?.query === query ? found.items : known.filter(({ title }) => has(title));
    return [
      ...roomsByLastMessage(rooms)
        .filter(({ name }) => has(name))
        .slice(0, MAX_ROOMS)
        .map(({ id, name }): Place => ({ path: paths.room(id), name, kind: "room" })),
      ...conversations.map(
        ({ id, title }): Place => ({ path: paths.conversation(id), name: title, kind: "conversation" }),
      ),
    ];
  }, [rooms, known, found, query]);
}
