import { useSyncExternalStore } from "react";

/** Where the user is. */
export type Route =
  | { readonly screen: "signUp" }
  | { readonly screen: "logIn"; readonly next: string | undefined }
  | { readonly screen: "rooms"; readonly roomId: string | undefined }
  /** `new`: a conversation that begins with the next question. */
  | { readonly screen: "assistant"; readonly conversationId: string | undefined }
  | { readonly screen: "settings" }
  /** For the operator, who need not be signed in. */
  | { readonly screen: "ops" };

/** Reads an address of the page. One that is none of its own is the sign-up's. */
export function parseRoute(pathname: string, search: string): Route {
  const [, first, second] = pathname.split("/");
  const id = decoded(second);
  switch (first) {
    case "login":
      return { screen: "logIn", next: safeNext(new URLSearchParams(search).get("next")) };
    case "chat":
      return { screen: "rooms", roomId: id };
    case "ai":
      return { screen: "assistant", conversationId: id };
    case "ops":
      return { screen: "ops" };
    case "settings":
      return { screen: "settings" };
    default:
      return { screen: "signUp" };
  }
}

export const paths = {
  signUp: "/",
  rooms: "/chat",
  assistant: "/ai",
  newConversation: "/ai/new",
  settings: "/settings",
  logIn: (next?: string) => (next === undefined ? "/login" : `/login?next=${encodeURIComponent(next)}`),
  room: (id: string) => `/chat/${encodeURIComponent(id)}`,
  conversation: (id: string) => `/ai/${encodeURIComponent(id)}`,
};

function decoded(part: string | undefined): string | undefined {
  if (part === undefined || part === "") return undefined;
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** A path of this page to return to; `//host` would lead elsewhere. */
function safeNext(next: string | null): string | undefined {
  return next !== null && /^\/(chat|ai|settings)(\/[^/\\]*)?$/.test(next) ? next : undefined;
}

const listeners = new Set<() => void>();

/** Goes to an address of the page. `replace`: the back button does not come back here. */
export function navigate(path: string, { replace = false }: { replace?: boolean } = {}): void {
  if (path === location.pathname + location.search) return;
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  for (const listener of listeners) listener();
}

export function useRoute(): Route {
  const address = useSyncExternalStore(subscribe, () => location.pathname + location.search);
  const url = new URL(address, location.origin);
  return parseRoute(url.pathname, url.search);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
  };
}
