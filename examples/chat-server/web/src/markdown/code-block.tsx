import { CopyButton } from "../components/copy-button.tsx";
import type { Translate } from "../i18n/translate.ts";
import { useHighlight } from "./use-highlight.ts";

interface CodeBlockProps {
  readonly code: string;
  /** What stands after the fence. */
  readonly language: string | undefined;
  /** Its end is there. */
  readonly closed: boolean;
  readonly t: Translate;
}

export function CodeBlock({ code, language, closed, t }: CodeBlockProps): React.ReactNode {
  const name = /^[\w+#.-]{1,20}/.exec(language ?? "")?.[0] ?? "";
  const parts = useHighlight(code, name, closed);
  return (
    <div className="code">
      <div className="code-bar">
        <span>{name === "" ? t("markdown.code") : name}</span>
        <CopyButton text={code} t={t} />
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- long lines scroll; the keyboard must reach them */}
      <pre tabIndex={0}>
        <code>
          {parts === undefined
            ? code
            : parts.map(({ text, kind }, index) => (
                // oxlint-disable-next-line react/no-array-index-key -- a part has no name, and is drawn again with its whole block
                <span key={index} className={kind === "" ? undefined : kind}>
                  {text}
                </span>
              ))}
        </code>
      </pre>
    </div>
  );
}
