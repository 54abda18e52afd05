import { useEffect, useState } from "react";
import { useApp, useSelector, useText } from "../app/use-app.ts";
import { Confirm } from "../components/dialog.tsx";
import { errorText } from "../i18n/translate.ts";
import { RequestError } from "../socket/connection.ts";
import type { AiKey } from "../socket/events.ts";
import type { KeyRequest } from "../state/assistant-client.ts";

const KEY = /^[\x21-\x7e]{8,200}$/;

/** The user's own key for the AI's provider: it can be stored, tested and deleted, and never read again. */
export function ApiKeySettings(): React.ReactNode {
  const { assistant } = useApp();
  const { t } = useText();
  const isLive = useSelector(({ link }) => link.phase === "live");
  const [key, setKey] = useState<AiKey>();
  const [text, setText] = useState("");
  const [busy, setBusy] = useState<KeyRequest["type"]>();
  const [outcome, setOutcome] = useState<{ readonly good: boolean; readonly text: string }>();
  const [asks, setAsks] = useState(false);

  const request = async (what: KeyRequest): Promise<void> => {
    setBusy(what.type);
    setOutcome(undefined);
    try {
      const answer = await assistant.key(what);
      setKey(answer);
      if (what.type === "aiKeySet") {
        setText("");
        setOutcome({ good: true, text: t("settings.key.saved") });
      }
      if (answer.test === "ok") setOutcome({ good: true, text: t("settings.key.ok") });
      else if (answer.test !== undefined) setOutcome({ good: false, text: errorText(t, answer.test) });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      setOutcome({ good: false, text: errorText(t, error.code) });
    } finally {
      setBusy(undefined);
    }
  };
  useEffect(() => {
    if (!isLive) return;
    assistant.key({ type: "aiKeyGet" }).then(setKey, (error: unknown) => {
      if (!(error instanceof RequestError)) throw error;
      setOutcome({ good: false, text: errorText(t, error.code) });
    });
  }, [assistant, isLive, t]);

  const save = (): void => {
    if (KEY.test(text)) void request({ type: "aiKeySet", apiKey: text });
    else setOutcome({ good: false, text: t("settings.key.invalid") });
  };
  const isBusy = busy !== undefined || !isLive;
  return (
    <section>
      <h2>{t("settings.key")}</h2>
      <p className="muted">{t("settings.key.hint")}</p>
      {key === undefined ? null : (
        <div className="key-row">
          <p>{key.configured ? t("settings.key.stored", { last4: key.last4 ?? "????" }) : t("settings.key.none")}</p>
          {key.configured ? (
            <>
              <button
                type="button"
                className="plain"
                disabled={isBusy}
                onClick={() => void request({ type: "aiKeyTest" })}
              >
                {t(busy === "aiKeyTest" ? "settings.key.testing" : "settings.key.test")}
              </button>
              <button type="button" className="plain" disabled={isBusy} onClick={() => setAsks(true)}>
                {t("settings.key.delete")}
              </button>
            </>
          ) : null}
        </div>
      )}
      <form
        className="field-row"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) save();
        }}
      >
        <label className="field">
          <span>{t("settings.key.label")}</span>
          <input
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <button type="submit" className="primary" disabled={isBusy || text === ""}>
          {t("settings.key.save")}
        </button>
      </form>
      <p role="status" className={outcome?.good === false ? "error-text" : "good-text"}>
        {outcome?.text}
      </p>
      {asks ? (
        <Confirm
          title={t("settings.key.deleteConfirm")}
          action={t("settings.key.delete")}
          onConfirm={() => void request({ type: "aiKeyDelete" })}
          onClose={() => setAsks(false)}
        />
      ) : null}
    </section>
  );
}
