import { basename, dirname, join } from "node:path";

/** In which zone names are written and days begin. */
export type TimeZone = "local" | "utc";

/** A file of a prefix, by its name. */
export interface LogName {
  readonly name: string;
  readonly index: number;
  readonly compressed: boolean;
}

/** The names `<prefix>YYYYmmdd_HHMMSS_<index>.log`, compressed `….log.gz`, while that is being made `.<name>.gz.tmp`. */
export class LogNames {
  readonly #prefix: string;
  readonly #start: string;
  readonly #timeZone: TimeZone;
  readonly directory: string;

  constructor(prefix: string, timeZone: TimeZone) {
    this.#prefix = prefix;
    // The underscore keeps a prefix that ends with a slash in its directory.
    this.directory = dirname(`${prefix}_`);
    this.#start = basename(`${prefix}_`).slice(0, -1);
    this.#timeZone = timeZone;
  }

  path(at: Date, index: number): string {
    return `${this.#prefix}${stamp(at, this.#timeZone)}_${index}.log`;
  }

  inDirectory(name: string): string {
    return join(this.directory, name);
  }

  /** What a name says; undefined for one that is not of this prefix. */
  parse(name: string): LogName | undefined {
    if (!name.startsWith(this.#start)) return undefined;
    const match = /^\d{8}_\d{6}_(\d+)\.log(\.gz)?$/.exec(name.slice(this.#start.length));
    return match === null ? undefined : { name, index: Number(match[1]), compressed: match[2] !== undefined };
  }

  /** The log file that a temporary file was made from; undefined for any other name. */
  temporaryOf(name: string): string | undefined {
    if (!name.startsWith(".") || !name.endsWith(".gz.tmp")) return undefined;
    const source = name.slice(1, -".gz.tmp".length);
    return this.parse(source)?.compressed === false ? source : undefined;
  }
}

/** Where a file is compressed until it is whole. */
export function temporaryPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.gz.tmp`);
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function stamp(date: Date, timeZone: TimeZone): string {
  if (timeZone === "utc") {
    const [day = "", time = ""] = date.toISOString().split("T");
    return `${day.replaceAll("-", "")}_${time.slice(0, 8).replaceAll(":", "")}`;
  }
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${day}_${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}
