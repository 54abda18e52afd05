import { useApp, useText } from "../app/use-app.ts";
import type { Language } from "../i18n/translate.ts";
import { Choice } from "../components/choice.tsx";

/** Each language by its own name: whoever needs it can read it. */
const NAMES: readonly (readonly [Language, string])[] = [
  ["en", "English"],
  ["zh-CN", "简体中文"],
];

export function LanguageSwitch(): React.ReactNode {
  const app = useApp();
  const { t, language } = useText();
  return (
    <Choice
      label={t("settings.language")}
      options={NAMES}
      value={language}
      onChange={(next) => app.prefer({ language: next })}
    />
  );
}
