import { useEffect, useState } from "react";
import type { Translate } from "../i18n/translate.ts";
import { Icon } from "./icon.tsx";

const SHOWN_MS = 2_000;

/** Copies a text, and says so for two seconds. */
export function CopyButton({ text, t }: { readonly text: string; readonly t: Translate }): React.ReactNode {
  const [outcome, setOutcome] = useState<"ai.copied" | "ai.copy.failed">();
  useEffect(() => {
    if (outcome === undefined) return undefined;
    const timer = setTimeout(() => setOutcome(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome("ai.copied");
    } catch {
      setOutcome("ai.copy.failed");
    }
  };
  return (
    <button type="button" className="quiet small" onClick={() => void copy()}>
      <Icon name={outcome === "ai.copied" ? "check" : "copy"} />
      <span aria-live="polite">{t(outcome ?? "ai.copy")}</span>
    </button>
  );
}
