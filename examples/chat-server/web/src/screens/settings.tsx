import { useState } from "react";
import { paths } from "../app/routes.ts";
import { useApp, useSelector, useText } from "../app/use-app.ts";
import { Avatar } from "../components/avatar.tsx";
import { Choice } from "../components/choice.tsx";
import type { User } from "../socket/events.ts";
import { ApiKeySettings } from "./api-key-settings.tsx";
import { LanguageSwitch } from "./language-switch.tsx";
import { PaneHead } from "./pane-head.tsx";

export function Settings({ me }: { readonly me: User }): React.ReactNode {
  const app = useApp();
  const { t } = useText();
  const theme = useSelector(({ preferences }) => preferences.theme);
  const hasAi = useSelector(({ ai }) => ai.available);
  return (
    <>
      <PaneHead title={t("settings.title")} back={paths.rooms} />
      <div className="settings">
        <section>
          <h2>{t("settings.account")}</h2>
          <div className="account">
            <Avatar name={me.username} />
            <p>{t("settings.signedInAs", { name: me.username })}</p>
            <SignOut />
          </div>
        </section>
        <section>
          <h2>{t("settings.language")}</h2>
          <LanguageSwitch />
        </section>
        <section>
          <h2>{t("settings.theme")}</h2>
          <Choice
            label={t("settings.theme")}
            options={[
              ["system", t("settings.theme.system")],
              ["light", t("settings.theme.light")],
              ["dark", t("settings.theme.dark")],
            ]}
            value={theme}
            onChange={(next) => app.prefer({ theme: next })}
          />
        </section>
        {hasAi ? <ApiKeySettings /> : null}
      </div>
    </>
  );
}

function SignOut(): React.ReactNode {
  const app = useApp();
  const { t } = useText();
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle");
  const signOut = async (): Promise<void> => {
    setState("busy");
    if (!(await app.signOut())) setState("failed");
  };
  return (
    <>
      <button type="button" className="plain" disabled={state === "busy"} onClick={() => void signOut()}>
        {t("settings.signOut")}
      </button>
      <p role="alert" className="error-text">
        {state === "failed" ? t("settings.signOut.failed") : null}
      </p>
    </>
  );
}
