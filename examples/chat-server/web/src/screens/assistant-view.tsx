import { useCallback, useEffect, useRef, useState } from "react";
import { navigate, paths } from "../app/routes.ts";
import { useApp, useSelector, useText } from "../app/use-app.ts";
import { Answer, ErrorCard, Question } from "../components/ai-message.tsx";
import { AnchoredScroller, type Edges } from "../components/anchored-scroller.tsx";
import { Composer } from "../components/composer.tsx";
import { Empty } from "../components/empty.tsx";
import { Icon } from "../components/icon.tsx";
import { errorText } from "../i18n/translate.ts";
import type { Conversation, Prompt } from "../state/state.ts";
import { ConversationMenu } from "./conversation-menu.tsx";
import { PaneHead } from "./pane-head.tsx";

/** A conversation with the assistant; undefined: one that begins with the next question. */
export function AssistantView({ conversationId }: { readonly conversationId: string | undefined }): React.ReactNode {
  const { assistant } = useApp();
  const { t } = useText();
  const conversation = useSelector(({ ai }) =>
    conversationId === undefined ? undefined : ai.conversations[conversationId],
  );
  // Until the conversation has come, the list knows its title.
  const listed = useSelector(({ ai }) => ai.list.items.find(({ id }) => id === conversationId)?.title);
  const title = conversation?.title === "" ? listed : conversation?.title;
  useEffect(() => {
    assistant.show(conversationId);
    return () => assistant.show(undefined);
  }, [assistant, conversationId]);
  return (
    <>
      <PaneHead title={title ?? listed ?? t("ai.title")} back={paths.assistant}>
        {conversation?.status === "ready" ? <ConversationMenu id={conversation.id} title={title ?? ""} /> : null}
      </PaneHead>
      <AiBanner />
      {conversationId === undefined ? (
        <NewConversation />
      ) : (
        <OpenConversation key={conversationId} conversationId={conversationId} conversation={conversation} />
      )}
    </>
  );
}

function AiBanner(): React.ReactNode {
  const { t } = useText();
  const known = useSelector(({ ai }) => ai.known);
  const available = useSelector(({ ai }) => ai.available);
  const demo = useSelector(({ ai }) => ai.demo);
  if (!known || (available && !demo)) return null;
  return (
    <div role="status" className={available ? "banner" : "banner banner-warn"}>
      <Icon name={available ? "assistant" : "alert"} />
      <p>{t(available ? "ai.demo" : "ai.unavailable")}</p>
    </div>
  );
}

function NewConversation(): React.ReactNode {
  const { assistant } = useApp();
  const { t } = useText();
  const prompt = useSelector(({ ai }) => ai.firstPrompt);
  const ask = (text: string): void => void openOnceBegun(assistant.ask(null, text));
  const examples = [t("ai.try.markdown"), t("ai.try.sum"), t("ai.try.think")];
  return (
    <>
      {prompt === undefined ? (
        <Empty icon="assistant" title={t("ai.welcome")} hint={t("ai.welcome.hint")}>
          <h3 className="examples-title">{t("ai.try")}</h3>
          <ul className="examples">
            {examples.map((example) => (
              <li key={example}>
                <button type="button" className="plain" onClick={() => ask(example)}>
                  {example}
                </button>
              </li>
            ))}
          </ul>
        </Empty>
      ) : (
        <div className="scroller-frame">
          <div className="scroller">
            <div className="scroller-content">
              <WaitingPrompt
                prompt={prompt}
                onRetry={() => void openOnceBegun(assistant.retry(null))}
                onDiscard={() => assistant.drop(null)}
              />
            </div>
          </div>
        </div>
      )}
      <Composer
        place="ai new"
        label={t("ai.composer.label")}
        placeholder={t("ai.composer.placeholder")}
        onSend={ask}
        {...(prompt === undefined ? {} : { instead: <span /> })}
      >
        <ModelPicker />
      </Composer>
    </>
  );
}

/** Goes to a conversation as soon as it exists, unless the user has gone elsewhere meanwhile. */
async function openOnceBegun(asking: Promise<string | undefined>): Promise<void> {
  const id = await asking;
  const isHere = [paths.assistant, paths.newConversation].includes(location.pathname);
  if (id !== undefined && isHere) navigate(paths.conversation(id), { replace: true });
}

interface OpenConversationProps {
  readonly conversationId: string;
  readonly conversation: Conversation | undefined;
}

function OpenConversation({ conversationId, conversation }: OpenConversationProps): React.ReactNode {
  const { assistant } = useApp();
  const { t } = useText();
  if (conversation?.status === "failed" && conversation.messages.length === 0) {
    if (conversation.code === "AI_NOT_FOUND")
      return <Empty icon="assistant" title={t("ai.notFound")} hint={t("ai.notFound.hint")} />;
    return (
      <Empty icon="alert" title={t("ai.open.failed")} hint={errorText(t, conversation.code ?? "")}>
        <button type="button" className="primary" onClick={() => void assistant.reload(conversationId)}>
          {t("action.retry")}
        </button>
      </Empty>
    );
  }
  if (conversation === undefined || conversation.status === "loading")
    return (
      <p className="loading" role="status">
        {t("ai.loading")}
      </p>
    );
  return <Messages conversation={conversation} />;
}

function Messages({ conversation }: { readonly conversation: Conversation }): React.ReactNode {
  const { assistant } = useApp();
  const { t } = useText();
  const { id, messages, prompt, active, hasMore, older } = conversation;
  const isLive = useSelector(({ link }) => link.phase === "live");
  const scroller = useRef<AnchoredScroller>(null);
  const isIdle = active === undefined && prompt === undefined;
  useEscape(active === undefined ? undefined : () => assistant.stop(id));
  const onEdges = ({ nearTop }: Edges): void => {
    if (isLive && nearTop && hasMore && older === "idle") void assistant.loadOlder(id);
  };
  const ask = (text: string): void => {
    void assistant.ask(id, text);
    requestAnimationFrame(() => scroller.current?.toBottom());
  };
  const lastId = messages.at(-1)?.id;
  const answering = active !== undefined && active.replacesId !== undefined;
  return (
    <>
      <div className="scroller-frame">
        <AnchoredScroller ref={scroller} label={t("ai.messages")} live="off" complete onEdges={onEdges}>
          {hasMore ? <OlderLine failed={older === "failed"} onRetry={() => void assistant.loadOlder(id)} /> : null}
          {messages.map((message) =>
            message.role === "user" ? (
              <QuestionOf key={message.id} conversationId={id} message={message} canEdit={isIdle} />
            ) : (
              <AnswerOf
                key={message.id}
                conversationId={id}
                message={message}
                canRepeat={message.id === lastId && isIdle}
              />
            ),
          )}
          {answering ? <p className="thinking">{t("ai.thinking")}</p> : null}
          {prompt === undefined ? null : (
            <WaitingPrompt
              prompt={prompt}
              onRetry={() => void assistant.retry(id)}
              onDiscard={() => assistant.drop(id)}
            />
          )}
        </AnchoredScroller>
      </div>
      <Announcer conversation={conversation} />
      <Composer
        place={`ai ${id}`}
        label={t("ai.composer.label")}
        placeholder={t("ai.composer.placeholder")}
        onSend={ask}
        {...(isIdle ? {} : { instead: <StopButton conversation={conversation} /> })}
      >
        <ModelPicker />
      </Composer>
    </>
  );
}

function OlderLine({ failed, onRetry }: { readonly failed: boolean; readonly onRetry: () => void }): React.ReactNode {
  const { t } = useText();
  if (!failed) return <p className="history-line">{t("room.older")}</p>;
  return (
    <p className="history-line">
      {t("room.older.failed")}{" "}
      <button type="button" className="plain small" onClick={onRetry}>
        {t("action.retry")}
      </button>
    </p>
  );
}

interface QuestionOfProps {
  readonly conversationId: string;
  readonly message: Conversation["messages"][number];
  readonly canEdit: boolean;
}

function QuestionOf({ conversationId, message: { id, content }, canEdit }: QuestionOfProps): React.ReactNode {
  const { assistant } = useApp();
  const edit = useCallback(
    (text: string) => void assistant.edit(conversationId, id, text),
    [assistant, conversationId, id],
  );
  return <Question id={id} text={content} onEdit={canEdit ? edit : undefined} />;
}

interface AnswerOfProps {
  readonly conversationId: string;
  readonly message: Conversation["messages"][number];
  readonly canRepeat: boolean;
}

function AnswerOf({ conversationId, message, canRepeat }: AnswerOfProps): React.ReactNode {
  const { assistant } = useApp();
  const again = canRepeat ? () => void assistant.regenerate(conversationId, message.id) : undefined;
  return <Answer message={message} onAgain={again} />;
}

interface WaitingPromptProps {
  readonly prompt: Prompt;
  readonly onRetry: () => void;
  readonly onDiscard: () => void;
}

/** A question on its way to the assistant, or stuck. */
function WaitingPrompt({ prompt, onRetry, onDiscard }: WaitingPromptProps): React.ReactNode {
  const { t } = useText();
  const { nonce, content, state, error, retryAt } = prompt;
  return (
    <>
      {content === "" ? null : <Question id={nonce} text={content} />}
      {state === "failed" ? (
        <ErrorCard error={error} retryAt={retryAt} onRetry={onRetry} onDiscard={onDiscard} />
      ) : (
        <p className="thinking">{t(state === "queued" ? "ai.prompt.queued" : "ai.thinking")}</p>
      )}
    </>
  );
}

function StopButton({ conversation: { id, active } }: { readonly conversation: Conversation }): React.ReactNode {
  const { assistant } = useApp();
  const { t } = useText();
  if (active === undefined) return <span />;
  return (
    <button
      type="button"
      className="primary"
      title={t("ai.stop.hint")}
      disabled={active.stopping}
      onClick={() => assistant.stop(id)}
    >
      <Icon name="stop" />
      {t(active.stopping ? "ai.stopping" : "ai.stop")}
    </button>
  );
}

function ModelPicker(): React.ReactNode {
  const app = useApp();
  const { t } = useText();
  const models = useSelector(({ ai }) => ai.models);
  const model = useSelector(({ ai }) => ai.model);
  const chosen = useSelector(({ preferences }) => preferences.model);
  if (models.length === 0) return null;
  return (
    <label className="model">
      <span className="hidden">{t("ai.model")}</span>
      <select
        value={models.includes(chosen) ? chosen : model}
        onChange={(event) => app.prefer({ model: event.target.value })}
      >
        {models.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    </label>
  );
}

/** Reads an answer out once it is there as a whole: word by word it would be noise. */
function Announcer({ conversation: { active, messages } }: { readonly conversation: Conversation }): React.ReactNode {
  const { t } = useText();
  const [running, setRunning] = useState(active?.messageId);
  const [done, setDone] = useState<string>();
  if (active?.messageId !== running) {
    const ended = messages.find(({ id }) => id === running);
    if (active === undefined && ended?.status === "complete") setDone(`${t("ai.done")} ${ended.content}`);
    else setDone(undefined);
    setRunning(active?.messageId);
  }
  return (
    <p className="hidden" role="status">
      {done}
    </p>
  );
}

/** Calls back when Esc is pressed outside of a dialog. */
function useEscape(onEscape: (() => void) | undefined): void {
  const latest = useRef(onEscape);
  useEffect(() => {
    latest.current = onEscape;
  }, [onEscape]);
  useEffect(() => {
    const onKeyDown = ({ key, isComposing }: KeyboardEvent): void => {
      if (key === "Escape" && !isComposing && document.querySelector("dialog[open]") === null) latest.current?.();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}
