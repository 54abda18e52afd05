import { constants, mkdirSync, openSync } from "node:fs";
import { basename, dirname } from "node:path";
import { pointLink } from "./current-link.ts";
import { DatedFiles } from "./dated-files.ts";
import { Housekeeping } from "./housekeeping.ts";
import { LogNames } from "./log-names.ts";
import type { FileSinkSettings } from "./sink-options.ts";
import { nextRotation } from "./time-rotation.ts";

/** Hears of errors that do not stop the logging. */
export type NoteError = (error: unknown) => void;

/** Where the bytes of a sink go. */
export interface Target {
  /**
   * Opens the first file, or the next.
   *
   * @throws the system's error
   */
  open(): { fd: number; name: string; owned: boolean };
  /** Whether the name may be opened again: not that of a descriptor. */
  readonly reopens: boolean;
  /** Above it the next file is opened; `Infinity` where there is only one. */
  readonly maxFileBytes: number;
  /** When the next file is opened whatever the size, in epoch milliseconds. */
  nextRotation(now: number): number;
  /** A file that `open` gave is closed. */
  closed(name: string): void;
  /** Resolves when nothing is left to do with closed files; `force` ends that early. */
  end(force: AbortSignal): Promise<void>;
}

export function fileTarget(settings: FileSinkSettings, note: NoteError): Target {
  const { prefix, path, mkdir } = settings;
  return prefix === undefined ? fixedFile(path ?? "", mkdir) : datedTarget(prefix, settings, note);
}

/** A descriptor that belongs to the caller. */
export function descriptorTarget(fd: number): Target {
  const open = () => ({ fd, name: `fd ${fd}`, owned: false });
  return { ...plain, reopens: false, open };
}

/** One name, which others may move away before `reopen`. */
function fixedFile(path: string, mkdir: boolean): Target {
  const open = () => {
    if (mkdir) mkdirSync(dirname(path), { recursive: true });
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND;
    return { fd: openSync(path, flags, 0o666), name: path, owned: true };
  };
  return { ...plain, open };
}

const plain = {
  reopens: true,
  maxFileBytes: Infinity,
  nextRotation: () => Infinity,
  closed: () => {},
  end: async () => {},
};

function datedTarget(prefix: string, settings: FileSinkSettings, note: NoteError): Target {
  const { timeZone, mkdir, currentLink, keep, maxFileBytes, everyMs } = settings;
  const names = new LogNames(prefix, timeZone);
  const files = new DatedFiles(names, mkdir);
  let current: string | undefined;
  const isOpen = (name: string) => current !== undefined && name === basename(current);
  const housekeeping = keep === undefined ? undefined : new Housekeeping(names, keep, isOpen, note);
  const link = currentLink === true ? `${prefix}current.log` : currentLink;
  return {
    reopens: true,
    maxFileBytes,
    nextRotation: (now) => (everyMs === undefined ? Infinity : nextRotation(now, everyMs, timeZone)),
    open() {
      const { fd, path } = files.open();
      const first = current === undefined;
      current = path;
      if (link !== false) {
        try {
          pointLink(link, path);
        } catch (error) {
          note(error);
        }
      }
      if (first) housekeeping?.start();
      return { fd, name: path, owned: true };
    },
    closed: (name) => housekeeping?.closed(name),
    end: async (force) => housekeeping?.end(force),
  };
}
