import { createContext, useContext, useMemo, useSyncExternalStore } from "react";
import { type Language, type Translate, translator } from "../i18n/translate.ts";
import type { State } from "../state/state.ts";
import type { ChatApp } from "./chat-app.ts";

export const AppContext: React.Context<ChatApp | undefined> = createContext<ChatApp | undefined>(undefined);

export function useApp(): ChatApp {
  const app = useContext(AppContext);
  if (app === undefined) throw new Error("useApp: outside of AppContext");
  return app;
}

/**
 * A part of the state; the component is drawn again when it changes.
 *
 * @param select must give the same value for the same state: no new objects.
 */
export function useSelector<T>(select: (state: State) => T): T {
  const { store } = useApp();
  return useSyncExternalStore(store.subscribe, () => select(store.getState()));
}

interface Texts {
  readonly t: Translate;
  readonly language: Language;
  /** How dates and times are written: the browser's variant of the language, if it has one. */
  readonly locale: string;
}

/** The texts in the user's language. */
export function useText(): Texts {
  const language = useSelector(({ preferences }) => preferences.language);
  return useMemo(() => ({ t: translatorOf(language), language, locale: localeOf(language) }), [language]);
}

function localeOf(language: Language): string {
  const [name] = language.split("-");
  return navigator.languages.find((tag) => tag.split("-")[0] === name) ?? language;
}

const translators = new Map<Language, Translate>();

function translatorOf(language: Language): Translate {
  const t = translators.get(language) ?? translator(language);
  translators.set(language, t);
  return t;
}
