import { preferredLanguage } from "../i18n/translate.ts";
import type { Preferences } from "../state/state.ts";

const PREFERENCES = "servertech:preferences";
const DRAFT = "servertech:draft:";
const LANGUAGES = ["en", "zh-CN"] as const;
const THEMES = ["system", "light", "dark"] as const;

/** What the user chose on this device; the browser's language where nothing was chosen. */
export function loadPreferences(): Preferences {
  const saved = parsed(read(localStorage, PREFERENCES));
  return {
    language: LANGUAGES.find((each) => each === saved.language) ?? preferredLanguage(navigator.languages),
    theme: THEMES.find((each) => each === saved.theme) ?? "system",
    model: typeof saved.model === "string" ? saved.model : "",
  };
}

export function savePreferences(preferences: Preferences): void {
  write(localStorage, PREFERENCES, JSON.stringify(preferences));
}

/** What was written and not sent, by place: it survives a reload of this tab. */
export function loadDraft(place: string): string {
  return read(sessionStorage, DRAFT + place) ?? "";
}

export function saveDraft(place: string, text: string): void {
  write(sessionStorage, DRAFT + place, text);
}

/** The next one to sign in here must not find them. */
export function forgetDrafts(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(DRAFT)) sessionStorage.removeItem(key);
  } catch {
    // Storage is off: there are none.
  }
}

function read(storage: Storage, key: string): string | undefined {
  try {
    return storage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(storage: Storage, key: string, value: string): void {
  try {
    if (value === "") storage.removeItem(key);
    else storage.setItem(key, value);
  } catch {
    // Storage is off or full. The page works without it.
  }
}

function parsed(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
