import { useText } from "../app/use-app.ts";
import { Icon } from "../components/icon.tsx";
import { Link } from "../components/link.tsx";

interface PaneHeadProps {
  readonly title: string;
  /** Where the arrow leads that is there on narrow windows. */
  readonly back: string;
  readonly children?: React.ReactNode;
}

export function PaneHead({ title, back, children }: PaneHeadProps): React.ReactNode {
  const { t } = useText();
  return (
    <header className="pane-head">
      <Link to={back} className="quiet icon-button narrow-only" aria-label={t("nav.back")}>
        <Icon name="back" />
      </Link>
      <h1>{title}</h1>
      {children}
    </header>
  );
}
