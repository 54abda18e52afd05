import type { Levels } from "../levels.ts";

const COLORS: readonly (readonly [number, string])[] = [
  [60, "\u001B[41;97m"],
  [50, "\u001B[31m"],
  [40, "\u001B[33m"],
  [30, "\u001B[32m"],
  [20, "\u001B[36m"],
];
// oxlint-disable-next-line no-control-regex -- finding control characters is what it is for
const COMMANDS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const DIM = "\u001B[2m";
const RESET = "\u001B[0m";

/** Makes a line for the eyes of a JSON line. */
export type PrettyPrinter = (line: string) => string;

/** `12:30:01.123 INFO (chat): joined {"room":7}`, an error's stack on lines of its own. */
export function prettyPrinter(levels: Levels, colored: boolean): PrettyPrinter {
  return (line) => {
    const { level, time, pid, hostname, name, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
    void pid;
    void hostname;
    const weight = typeof level === "number" ? level : 0;
    const shownLevel = levels.name(weight).toUpperCase();
    const parts = [clock(time), colored ? `${color(weight)}${shownLevel}${RESET}` : shownLevel];
    parts.push(typeof name === "string" ? `(${visible(name)}):` : ":");
    if (msg !== undefined) parts.push(typeof msg === "string" ? visible(msg) : JSON.stringify(msg));
    if (Object.keys(fields).length > 0) {
      const json = JSON.stringify(fields);
      parts.push(colored ? `${DIM}${json}${RESET}` : json);
    }
    let text = `${parts.filter((part) => part !== "").join(" ")}\n`;
    if (err !== undefined) text += `    ${visible(errorText(err)).replaceAll("\n", "\n    ")}\n`;
    return text;
  };
}

/** Without what a terminal takes as a command; line feeds and tabs stay. */
function visible(text: string): string {
  return text.replaceAll(COMMANDS, (unit) => JSON.stringify(unit).slice(1, -1));
}

function color(level: number): string {
  return COLORS.find(([from]) => level >= from)?.[1] ?? DIM;
}

function clock(time: unknown): string {
  if (typeof time !== "number" && typeof time !== "string") return "";
  const date = new Date(time);
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function errorText(err: unknown): string {
  if (typeof err !== "object" || err === null) return JSON.stringify(err);
  const { stack, type, message, ...rest } = err as Record<string, unknown>;
  const text = typeof stack === "string" && stack !== "" ? stack : `${String(type)}: ${String(message)}`;
  return Object.keys(rest).length === 0 ? text : `${text}\n${JSON.stringify(rest)}`;
}
