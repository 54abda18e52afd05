import { useEffect, useId, useRef } from "react";
import { useText } from "../app/use-app.ts";
import { Icon } from "./icon.tsx";

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: React.ReactNode;
}

/**
 * A window over the page. Esc closes it, and the focus goes back to where it was; it begins at what is marked
 * `data-first`.
 */
export function Dialog({ title, onClose, children }: DialogProps): React.ReactNode {
  const { t } = useText();
  const titleId = useId();
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    // Not the button that closes it, which is the first.
    box.current?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      aria-labelledby={titleId}
      onClose={onClose}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header className="dialog-head">
        <h2 id={titleId}>{title}</h2>
        <button type="button" className="quiet icon-button" aria-label={t("action.close")} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {children}
    </dialog>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly hint?: string;
  readonly action: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ title, hint, action, onConfirm, onClose }: ConfirmProps): React.ReactNode {
  const { t } = useText();
  const confirm = (): void => {
    onClose();
    onConfirm();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      {hint === undefined ? null : <p>{hint}</p>}
      <div className="dialog-actions">
        <button type="button" className="plain" onClick={onClose}>
          {t("action.cancel")}
        </button>
        <button type="button" className="danger" onClick={confirm}>
          {action}
        </button>
      </div>
    </Dialog>
  );
}
