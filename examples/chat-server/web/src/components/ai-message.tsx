import { memo, useEffect, useRef, useState } from "react";
import { useSelector, useText } from "../app/use-app.ts";
import { useSecondsUntil } from "../app/use-now.ts";
import { errorText } from "../i18n/translate.ts";
import { Markdown } from "../markdown/markdown.tsx";
import type { AiError, AiMessage } from "../socket/events.ts";
import { CopyButton } from "./copy-button.tsx";
import { Icon } from "./icon.tsx";

interface QuestionProps {
  readonly id: string;
  readonly text: string;
  /** Asks something else instead; undefined where that is not possible. */
  readonly onEdit?: ((text: string) => void) | undefined;
}

/** What the user asked. */
export const Question = memo(function Question({ id, text, onEdit }: QuestionProps): React.ReactNode {
  const { t } = useText();
  const [isEdited, setEdited] = useState(false);
  if (isEdited && onEdit !== undefined)
    return <QuestionEditor id={id} text={text} onSend={onEdit} onClose={() => setEdited(false)} />;
  return (
    <article className="question" data-item={id}>
      <h2 className="hidden">{t("ai.you")}</h2>
      <p>{text}</p>
      {onEdit === undefined ? null : (
        <button
          type="button"
          className="quiet icon-button question-edit"
          aria-label={t("ai.edit")}
          onClick={() => setEdited(true)}
        >
          <Icon name="edit" />
        </button>
      )}
    </article>
  );
});

interface QuestionEditorProps {
  readonly id: string;
  readonly text: string;
  readonly onSend: (text: string) => void;
  readonly onClose: () => void;
}

function QuestionEditor({ id, text, onSend, onClose }: QuestionEditorProps): React.ReactNode {
  const { t } = useText();
  const max = useSelector(({ limits }) => limits.messageChars);
  const [edited, setEdited] = useState(text);
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const canSend = edited.trim() !== "" && edited.length <= max;
  const send = (): void => {
    if (!canSend) return;
    onClose();
    onSend(edited);
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") onClose();
    else if (event.key === "Enter" && !event.shiftKey) send();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <form
      className="question question-editor"
      data-item={id}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={field}
        rows={3}
        value={edited}
        aria-label={t("ai.edit")}
        onChange={(event) => setEdited(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <p className={edited.length > max ? "error-text" : "muted"} role="status">
        {edited.length > max ? t("composer.tooLong", { max, length: edited.length }) : t("ai.edit.hint")}
      </p>
      <div className="dialog-actions">
        <button type="button" className="plain" onClick={onClose}>
          {t("action.cancel")}
        </button>
        <button type="submit" className="primary" disabled={!canSend}>
          {t("ai.edit.action")}
        </button>
      </div>
    </form>
  );
}

interface AnswerProps {
  readonly message: AiMessage;
  /** Asks for this answer anew; undefined where that is not possible. */
  readonly onAgain: (() => void) | undefined;
}

/** What the assistant answered, or answers right now. */
export const Answer = memo(function Answer({ message, onAgain }: AnswerProps): React.ReactNode {
  const { t } = useText();
  const { id, content, reasoning, status, error } = message;
  const isRunning = status === "running";
  return (
    <article className="answer" data-item={id} data-status={status}>
      <span className="answer-mark">
        <Icon name="assistant" />
      </span>
      <div className="answer-body">
        <h2 className="hidden">{t("ai.answer")}</h2>
        {reasoning === undefined ? null : (
          <details className="reasoning">
            <summary>{t(isRunning && content === "" ? "ai.thinking" : "ai.reasoning")}</summary>
            <Markdown text={reasoning} growing={isRunning} t={t} />
          </details>
        )}
        {content === "" && isRunning && reasoning === undefined ? <p className="thinking">{t("ai.thinking")}</p> : null}
        <div className={isRunning ? "answer-text answer-growing" : "answer-text"}>
          <Markdown text={content} growing={isRunning} t={t} />
        </div>
        {status === "error" ? <ErrorCard error={error} partial={content !== ""} onRetry={onAgain} /> : null}
        {isRunning ? null : <AnswerFoot message={message} onAgain={status === "error" ? undefined : onAgain} />}
      </div>
    </article>
  );
});

function AnswerFoot({ message, onAgain }: AnswerProps): React.ReactNode {
  const { t } = useText();
  const { content, status, finishReason, usage } = message;
  return (
    <footer className="answer-foot">
      {status === "stopped" ? <span>{t("ai.stopped")}</span> : null}
      {status === "complete" && finishReason === "length" ? <span>{t("ai.cut")}</span> : null}
      {content === "" ? null : <CopyButton text={content} t={t} />}
      {onAgain === undefined ? null : (
        <button type="button" className="quiet small" onClick={onAgain}>
          <Icon name="again" />
          {t("ai.regenerate")}
        </button>
      )}
      {usage === undefined ? null : (
        <span className="usage">{t("ai.usage", { prompt: usage.prompt, completion: usage.completion })}</span>
      )}
    </footer>
  );
}

interface ErrorCardProps {
  readonly error: AiError | undefined;
  /** There is a part of the answer. */
  readonly partial?: boolean;
  /** Before that, in milliseconds since 1970, trying again is of no use. */
  readonly retryAt?: number | undefined;
  readonly onRetry: (() => void) | undefined;
  readonly onDiscard?: () => void;
}

/** Why there is no answer, or not the whole of it. */
export function ErrorCard({ error, partial = false, retryAt, onRetry, onDiscard }: ErrorCardProps): React.ReactNode {
  const { t } = useText();
  const seconds = useSecondsUntil(retryAt);
  return (
    <div className="error-card" role="alert">
      <Icon name="alert" />
      <div>
        <strong>{t(partial ? "ai.incomplete" : "ai.failed")}</strong>
        <p>{errorText(t, error?.code ?? "AI_INTERRUPTED")}</p>
        <div className="error-actions">
          {onRetry === undefined ? null : (
            <button type="button" className="primary" disabled={seconds > 0} onClick={onRetry}>
              {seconds > 0 ? t("ai.retryIn", { count: seconds }) : t("ai.retry")}
            </button>
          )}
          {onDiscard === undefined ? null : (
            <button type="button" className="plain" onClick={onDiscard}>
              {t("ai.discard")}
            </button>
          )}
        </div>
      </div>
    </div>
  );
}
