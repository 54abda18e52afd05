import { useEffect, useState } from "react";
import { paths } from "../app/routes.ts";
import { useText } from "../app/use-app.ts";
import { Icon } from "../components/icon.tsx";
import { Link } from "../components/link.tsx";
import type { Key } from "../i18n/translate.ts";
import { LanguageSwitch } from "../screens/language-switch.tsx";
import { Chart } from "./chart.tsx";
import { OpsFeed, type OpsLink, type OpsSnapshot } from "./ops-feed.ts";
import { PARTS, type Series, fieldsOf, isTrouble, pointsOf } from "./ops-series.ts";
import "./ops.css";

const TOKEN = "servertech:ops-token";

/** The operator's page: the numbers of this instance, live. */
export default function OpsPage(): React.ReactNode {
  const { t } = useText();
  const [token, setToken] = useState(() => sessionStorage.getItem(TOKEN) ?? "");
  const [link, snapshots] = useOps(token);
  const newest = snapshots.at(-1);
  const enter = (given: string): void => {
    sessionStorage.setItem(TOKEN, given);
    setToken(given);
  };
  return (
    <main className="ops">
      <header className="ops-head">
        <Link to={paths.rooms} className="quiet icon-button" aria-label={t("nav.back")}>
          <Icon name="back" />
        </Link>
        <div>
          <h1>{t("ops.title")}</h1>
          <p className="muted">{newest === undefined ? null : t("ops.instance", { id: newest.instance })}</p>
        </div>
        <p className={`ops-link ops-link-${link}`} role="status">
          {link === "denied" ? null : t(`ops.link.${link}`)}
        </p>
        <LanguageSwitch />
      </header>
      {link === "denied" ? <TokenForm isWrong={token !== ""} onEnter={enter} /> : null}
      {newest === undefined ? null : (
        <div className="ops-grid">
          {Object.keys(PARTS)
            .filter((name) => newest.parts[name] !== undefined)
            .map((name) => (
              <Part key={name} name={name} snapshots={snapshots} numbers={newest.parts[name] ?? {}} />
            ))}
        </div>
      )}
    </main>
  );
}

function useOps(token: string): [link: OpsLink, snapshots: readonly OpsSnapshot[]] {
  const [state, setState] = useState<[OpsLink, readonly OpsSnapshot[]]>(["connecting", []]);
  useEffect(() => {
    const feed: OpsFeed = new OpsFeed(token, () => setState([feed.link, feed.snapshots]));
    return () => feed.close();
  }, [token]);
  return state;
}

interface TokenFormProps {
  readonly isWrong: boolean;
  readonly onEnter: (token: string) => void;
}

function TokenForm({ isWrong, onEnter }: TokenFormProps): React.ReactNode {
  const { t } = useText();
  const [given, setGiven] = useState("");
  return (
    <form
      className="ops-token"
      onSubmit={(event) => {
        event.preventDefault();
        onEnter(given.trim());
      }}
    >
      <h2>{t("ops.token.title")}</h2>
      <p className="muted">{t("ops.token.hint")}</p>
      <label className="field">
        <span>{t("ops.token.label")}</span>
        <input type="password" autoComplete="off" value={given} onChange={(event) => setGiven(event.target.value)} />
      </label>
      <p role="alert" className="error-text">
        {isWrong ? t("ops.token.wrong") : null}
      </p>
      <button type="submit" className="primary" disabled={given.trim() === ""}>
        {t("ops.token.action")}
      </button>
    </form>
  );
}

interface PartProps {
  readonly name: string;
  readonly snapshots: readonly OpsSnapshot[];
  readonly numbers: Readonly<Record<string, unknown>>;
}

function Part({ name, snapshots, numbers }: PartProps): React.ReactNode {
  const { t, locale } = useText();
  const fields = fieldsOf(numbers);
  const troubles = fields.filter(([field, value]) => isTrouble(field, value)).length;
  return (
    <section className="ops-part">
      <header>
        <h2>{t(`ops.part.${name}` as Extract<Key, `ops.part.${string}`>)}</h2>
        {typeof numbers.state === "string" ? <code className="muted">{numbers.state}</code> : null}
        {troubles === 0 ? null : <span className="ops-trouble">{t("ops.trouble", { count: troubles })}</span>}
      </header>
      <div className="ops-charts">
        {(PARTS[name] ?? []).map((series) => (
          <Chart
            key={series.field}
            label={series.as === "rate" ? `${series.field}/s` : series.field}
            points={pointsOf(snapshots, name, series)}
            format={(value) => formatted(value, series, locale)}
          />
        ))}
      </div>
      <details>
        <summary>{t("ops.all")}</summary>
        <dl>
          {fields.map(([field, value]) => (
            <div key={field} className={isTrouble(field, value) ? "ops-field-trouble" : undefined}>
              <dt>
                <code>{field}</code>
              </dt>
              <dd>{typeof value === "number" ? value.toLocaleString(locale) : String(value)}</dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  );
}

const MIB = 1024 * 1024;

function formatted(value: number, { unit, as }: Series, locale: string): string {
  const digits = (number: number, most: number): string =>
    number.toLocaleString(locale, { maximumFractionDigits: number < 100 ? most : 0 });
  switch (unit) {
    case "bytes":
      return value >= MIB / 10 ? `${digits(value / MIB, 1)} MiB` : `${digits(value / 1024, 1)} KiB`;
    case "ms":
      return `${digits(value, 1)} ms`;
    case "percent":
      return `${digits(value, 1)} %`;
    default:
      return digits(value, as === "rate" ? 1 : 0);
  }
}
