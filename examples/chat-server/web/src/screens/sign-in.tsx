import { useRef, useState } from "react";
import { type SignInResult, createAccount, logIn } from "../app/accounts-api.ts";
import { paths } from "../app/routes.ts";
import { type FieldErrors, type SignInField, checkAccount, failureOf } from "../app/sign-in-check.ts";
import { useApp, useText } from "../app/use-app.ts";
import { useSecondsUntil } from "../app/use-now.ts";
import { Icon } from "../components/icon.tsx";
import { Link } from "../components/link.tsx";
import { LanguageSwitch } from "./language-switch.tsx";

interface SignInProps {
  readonly kind: "up" | "in";
}

/** Where an account is made, or where one comes back to it. */
export function SignIn({ kind }: SignInProps): React.ReactNode {
  const { t } = useText();
  return (
    <div className="sign">
      <aside className="sign-side">
        <p className="brand">
          <img src="/favicon.svg" alt="" width="36" height="36" />
          {t("app.name")}
        </p>
        <div className="sign-pitch">
          <p className="sign-tagline">{t("app.tagline")}</p>
          <p>{t("app.pitch")}</p>
        </div>
        <Waves />
      </aside>
      <main className="sign-main" id="content">
        <div className="sign-top">
          <LanguageSwitch />
        </div>
        <SignInForm key={kind} kind={kind} />
      </main>
    </div>
  );
}

/** Two voices that meet. */
function Waves(): React.ReactNode {
  return (
    <svg className="waves" viewBox="0 0 400 160" preserveAspectRatio="none" aria-hidden="true">
      <path d="M0 96c60-44 110-44 170-8s110 40 230-24v96H0Z" />
      <path d="M0 124c70-32 130-20 190 2s130 18 210-18v52H0Z" />
    </svg>
  );
}

function SignInForm({ kind }: SignInProps): React.ReactNode {
  const app = useApp();
  const { t } = useText();
  const form = useRef<HTMLFormElement>(null);
  const [errors, setErrors] = useState<FieldErrors>({});
  const [busy, setBusy] = useState(false);
  const [retryAt, setRetryAt] = useState<number>();
  const seconds = useSecondsUntil(retryAt);
  const isUp = kind === "up";

  const show = (found: FieldErrors): void => {
    setErrors(found);
    const first = (["username", "email", "password"] as const).find((name) => found[name] !== undefined);
    if (first !== undefined) form.current?.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus();
  };
  const submit = async (): Promise<void> => {
    const data = new FormData(form.current ?? undefined);
    const value = (name: SignInField): string => {
      const given = data.get(name);
      return typeof given === "string" ? given : "";
    };
    const account = { username: value("username"), email: value("email").trim(), password: value("password") };
    const found = checkAccount(account, kind);
    show(found);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    const result: SignInResult = await (isUp ? createAccount(account) : logIn(account));
    if (result.ok) {
      await app.enter();
    } else {
      show(failureOf(result));
      setRetryAt(result.retryAfterMs === undefined ? undefined : Date.now() + result.retryAfterMs);
    }
    setBusy(false);
  };
  const waits = seconds > 0;
  return (
    <form
      ref={form}
      className="sign-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy && !waits) void submit();
      }}
    >
      <h1>{t(isUp ? "sign.up.title" : "sign.in.title")}</h1>
      {isUp ? (
        <Field name="username" error={errors.username} hint={t("sign.username.hint")} autoComplete="nickname" />
      ) : null}
      <Field name="email" error={errors.email} autoComplete={isUp ? "email" : "username"} />
      <Field
        name="password"
        error={errors.password}
        {...(isUp ? { hint: t("sign.password.hint") } : {})}
        autoComplete={isUp ? "new-password" : "current-password"}
      />
      <p role="alert" className="error-text form-error">
        {errors.form === undefined ? null : t(errors.form)} {waits ? <SecondsLeft seconds={seconds} /> : null}
      </p>
      <button type="submit" className="primary wide" disabled={busy || waits}>
        {t(busy ? "sign.busy" : isUp ? "sign.up.action" : "sign.in.action")}
      </button>
      <p className="sign-other">
        {t(isUp ? "sign.up.other" : "sign.in.other")}{" "}
        <Link to={isUp ? paths.logIn() : paths.signUp}>{t(isUp ? "sign.up.otherAction" : "sign.in.otherAction")}</Link>
      </p>
    </form>
  );
}

/** Not read out each second. */
function SecondsLeft({ seconds }: { readonly seconds: number }): React.ReactNode {
  const { t } = useText();
  return <span aria-live="off">{t("sign.wait", { count: seconds })}</span>;
}

interface FieldProps {
  readonly name: SignInField;
  readonly error: FieldErrors[SignInField];
  readonly hint?: string;
  readonly autoComplete: string;
}

function Field({ name, error, hint, autoComplete }: FieldProps): React.ReactNode {
  const { t } = useText();
  const [isShown, setShown] = useState(false);
  const isPassword = name === "password";
  const noteId = `${name}-note`;
  const type = isPassword ? (isShown ? "text" : "password") : name === "email" ? "email" : "text";
  return (
    <div className="field">
      <label htmlFor={name}>{t(`sign.${name}`)}</label>
      <div className="input-frame">
        <input
          id={name}
          name={name}
          type={type}
          autoComplete={autoComplete}
          autoCapitalize="none"
          spellCheck={false}
          aria-invalid={error !== undefined}
          aria-describedby={noteId}
          required
        />
        {isPassword ? (
          <button
            type="button"
            className="quiet icon-button"
            aria-pressed={isShown}
            aria-label={t(isShown ? "sign.password.hide" : "sign.password.show")}
            onClick={() => setShown(!isShown)}
          >
            <Icon name="eye" />
          </button>
        ) : null}
      </div>
      <p id={noteId} className={error === undefined ? "hint" : "error-text"}>
        {error === undefined ? hint : t(error)}
      </p>
    </div>
  );
}
