import { useEffect, useId, useRef, useState } from "react";
import { loadDraft, saveDraft } from "../app/browser-storage.ts";
import { useSelector, useText } from "../app/use-app.ts";
import { Icon } from "./icon.tsx";

interface ComposerProps {
  /** Where the draft belongs: it comes back with the place. */
  readonly place: string;
  readonly label: string;
  readonly placeholder: string;
  readonly onSend: (text: string) => void;
  /** Called with each change that leaves a text. */
  readonly onTyping?: () => void;
  /** Takes the place of the button that sends, and nothing is sent by Enter. */
  readonly instead?: React.ReactNode;
  /** Stands below the text. */
  readonly children?: React.ReactNode;
}

const COUNT_FROM = 200;

/** Where one writes. Enter sends, unless a word is being composed; a text that is too long stays and says so. */
export function Composer({
  place,
  label,
  placeholder,
  onSend,
  onTyping,
  instead,
  children,
}: ComposerProps): React.ReactNode {
  const { t } = useText();
  const max = useSelector(({ limits }) => limits.messageChars);
  const [text, setText] = useState(() => loadDraft(place));
  const field = useRef<HTMLTextAreaElement>(null);
  const noteId = useId();
  const left = max - text.length;
  const isTooLong = left < 0;
  const canSend = text.trim() !== "" && !isTooLong && instead === undefined;

  useEffect(() => saveDraft(place, text), [place, text]);
  useEffect(() => {
    // On a phone the keyboard would cover half of what one came to read.
    if (matchMedia("(hover: hover)").matches) field.current?.focus();
  }, []);

  const send = (): void => {
    if (!canSend) return;
    setText("");
    onSend(text);
    field.current?.focus();
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    // 229: Safari says so of the Enter that ends a composition.
    const composes = event.nativeEvent.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composes) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className="composer-box">
        <div className="composer-field" data-text={text}>
          <textarea
            ref={field}
            rows={1}
            value={text}
            aria-label={label}
            aria-invalid={isTooLong}
            aria-describedby={noteId}
            placeholder={placeholder}
            enterKeyHint="send"
            onChange={(event) => {
              setText(event.target.value);
              if (event.target.value.trim() !== "") onTyping?.();
            }}
            onKeyDown={onKeyDown}
          />
        </div>
        {instead ?? (
          <button type="submit" className="primary icon-button" aria-label={t("composer.send")} disabled={!canSend}>
            <Icon name="send" />
          </button>
        )}
      </div>
      <div className="composer-foot">
        {children}
        <span
          id={noteId}
          className={isTooLong ? "composer-note error-text" : "composer-note"}
          role={isTooLong ? "alert" : undefined}
        >
          {isTooLong ? t("composer.tooLong", { max, length: text.length }) : null}
          {!isTooLong && left < COUNT_FROM ? t("composer.left", { count: left }) : null}
          {left >= COUNT_FROM ? <span className="wide-only">{t("composer.hint")}</span> : null}
        </span>
      </div>
    </form>
  );
}
