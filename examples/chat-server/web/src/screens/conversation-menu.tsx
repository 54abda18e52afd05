import { useState } from "react";
import { navigate, paths } from "../app/routes.ts";
import { useApp, useText } from "../app/use-app.ts";
import { Confirm, Dialog } from "../components/dialog.tsx";
import { RequestError } from "../socket/connection.ts";

const MAX_TITLE_CHARS = 100;

interface ConversationMenuProps {
  readonly id: string;
  readonly title: string;
}

/** Renames and deletes the conversation on screen. */
export function ConversationMenu({ id, title }: ConversationMenuProps): React.ReactNode {
  const { assistant, store } = useApp();
  const { t } = useText();
  const [asks, setAsks] = useState<"rename" | "delete">();
  const close = (): void => setAsks(undefined);
  const attempt = async (request: () => Promise<void>): Promise<void> => {
    try {
      await request();
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      store.dispatch({ type: "notice", code: error.code });
    }
  };
  const remove = (): Promise<void> =>
    attempt(async () => {
      await assistant.delete(id);
      navigate(paths.assistant, { replace: true });
    });
  return (
    <div className="pane-actions">
      <button type="button" className="quiet" onClick={() => setAsks("rename")}>
        {t("ai.rename")}
      </button>
      <button type="button" className="quiet" onClick={() => setAsks("delete")}>
        {t("ai.delete")}
      </button>
      {asks === "rename" ? (
        <RenameDialog
          title={title}
          onRename={(next) => void attempt(() => assistant.rename(id, next))}
          onClose={close}
        />
      ) : null}
      {asks === "delete" ? (
        <Confirm
          title={t("ai.delete.confirm", { title })}
          hint={t("ai.delete.hint")}
          action={t("ai.delete")}
          onConfirm={() => void remove()}
          onClose={close}
        />
      ) : null}
    </div>
  );
}

interface RenameDialogProps {
  readonly title: string;
  readonly onRename: (title: string) => void;
  readonly onClose: () => void;
}

function RenameDialog({ title, onRename, onClose }: RenameDialogProps): React.ReactNode {
  const { t } = useText();
  const [text, setText] = useState(title);
  return (
    <Dialog title={t("ai.rename.title")} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() === "") return;
          onClose();
          onRename(text.trim());
        }}
      >
        <label className="field">
          <span>{t("ai.rename.label")}</span>
          <input value={text} maxLength={MAX_TITLE_CHARS} onChange={(event) => setText(event.target.value)} />
        </label>
        <div className="dialog-actions">
          <button type="button" className="plain" onClick={onClose}>
            {t("action.cancel")}
          </button>
          <button type="submit" className="primary" disabled={text.trim() === ""}>
            {t("action.save")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
