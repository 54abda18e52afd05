import { Connection } from "../socket/connection.ts";
import type { Action } from "../state/actions.ts";
import { AssistantClient } from "../state/assistant-client.ts";
import { reduce } from "../state/reducer.ts";
import { RoomClient } from "../state/room-client.ts";
import { type Preferences, type State, initialState } from "../state/state.ts";
import { type Store, createStore } from "../state/store.ts";
import { logOut, readSession } from "./accounts-api.ts";
import { forgetDrafts, loadPreferences, savePreferences } from "./browser-storage.ts";

const PROTOCOL = "servertech.v2";
const SESSION_RETRY_MS = 3_000;

/** The page's state, and everything the user can do. */
export class ChatApp {
  readonly store: Store<State, Action> = createStore(reduce, initialState(loadPreferences()));
  readonly rooms: RoomClient;
  readonly assistant: AssistantClient;
  readonly #connection: Connection;

  constructor() {
    this.#connection = new Connection({
      connect: () => new WebSocket(new URL("/api/ws", location.href.replace(/^http/, "ws")), PROTOCOL),
      resume: () => ({ rooms: this.rooms.resumePoints(), generations: {} }),
      onEvent: (event) => {
        if (!this.assistant.takes(event) && !this.rooms.takes(event)) this.store.dispatch({ type: "server", event });
        // What was not asked for by a request has nobody else to say what went wrong.
        if (event.type === "error" && event.ref === undefined && event.payload.roomId !== undefined)
          this.store.dispatch({ type: "notice", code: event.payload.code });
      },
      onLink: (link) => {
        this.store.dispatch({ type: "link", link });
        if (link.phase !== "live") return;
        this.rooms.onLive();
        this.assistant.onLive();
      },
      onSignedOut: () => this.#signedOut(),
    });
    this.rooms = new RoomClient(this.store, this.#connection);
    this.assistant = new AssistantClient(this.store, this.#connection, (run) => nextFrame(run));
  }

  /** Finds out who is signed in, and connects. */
  start(): void {
    // A socket whose network is gone says nothing of it for minutes.
    window.addEventListener("offline", () => this.#connection.restart());
    window.addEventListener("online", () => this.#connection.tryNow());
    // A page that the back button brings from the cache may show what is not the user's any more.
    window.addEventListener("pageshow", ({ persisted }) => {
      if (persisted) location.reload();
    });
    void this.enter();
  }

  /** Goes on with the session that there is; keeps asking while the server cannot be reached. */
  async enter(): Promise<void> {
    const user = await readSession();
    if (user === "unknown") {
      this.store.dispatch({ type: "session", session: { status: "unknown", unreachable: true } });
      setTimeout(() => void this.enter(), SESSION_RETRY_MS);
    } else if (user === "nobody") {
      this.#signedOut();
    } else {
      this.store.dispatch({ type: "session", session: { status: "in", me: user } });
      this.#connection.open();
    }
  }

  /** Ends the session, here and in the user's other tabs. False when the server could not be reached. */
  async signOut(): Promise<boolean> {
    if (!(await logOut())) return false;
    this.#connection.close();
    forgetDrafts();
    this.#signedOut();
    return true;
  }

  reconnect(): void {
    this.#connection.tryNow();
  }

  prefer(preferences: Partial<Preferences>): void {
    this.store.dispatch({ type: "preferences", preferences });
    savePreferences(this.store.getState().preferences);
  }

  dismissNotice(): void {
    this.store.dispatch({ type: "notice", code: undefined });
  }

  #signedOut(): void {
    this.store.dispatch({ type: "session", session: { status: "out" } });
  }
}

/** Calls back at the next frame; a tab in the background has none, and goes on all the same. */
function nextFrame(run: () => void): void {
  if (document.hidden) setTimeout(run, 100);
  else requestAnimationFrame(() => run());
}
