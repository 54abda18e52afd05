import { CopyButton } from "../components/copy-button.tsx";
import type { Translate } from "../i18n/translate.ts";

interface CodeBlockProps {
  readonly code: string;
  /** What stands after the fence. */
  readonly language: string | undefined;
  readonly t: Translate;
}

export function CodeBlock({ code, language, t }: CodeBlockProps): React.ReactNode {
  const name = /^[\w+#.-]{1,20}/.exec(language ?? "")?.[0] ?? t("markdown.code");
  return (
    <div className="code">
      <div className="code-bar">
        <span>{name}</span>
        <CopyButton text={code} t={t} />
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- long lines scroll; the keyboard must reach them */}
      <pre tabIndex={0}>
        <code>{code}</code>
      </pre>
    </div>
  );
}
