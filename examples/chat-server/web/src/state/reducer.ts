import { reduceAi } from "./ai-reducer.ts";
import type { Action } from "./actions.ts";
import { reduceRooms } from "./rooms-reducer.ts";
import { type State, initialState } from "./state.ts";

/** All changes of the page's state. */
export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case "session":
      return action.session.status === "out"
        ? { ...initialState(state.preferences), session: action.session }
        : { ...state, session: action.session };
    case "link":
      return { ...state, link: action.link };
    case "preferences":
      return { ...state, preferences: { ...state.preferences, ...action.preferences } };
    case "notice": {
      const { notice, ...rest } = state;
      if (action.code === undefined) return notice === undefined ? state : rest;
      return { ...rest, notice: { key: (notice?.key ?? 0) + 1, code: action.code } };
    }
    default:
      return reduceParts(state, action);
  }
}

function reduceParts(state: State, action: Action): State {
  const base =
    action.type === "server" && action.event.type === "hello" ? welcomed(state, action.event.payload) : state;
  const next = reduceRooms(base, action);
  const ai = reduceAi(next.ai, action);
  return ai === next.ai ? next : { ...next, ai };
}

function welcomed(
  state: State,
  { me, limits }: { me: { id: number; username: string }; limits: State["limits"] },
): State {
  return { ...state, session: { status: "in", me }, limits };
}
