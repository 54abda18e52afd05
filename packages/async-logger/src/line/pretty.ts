import { LEVELS } from "../levels.ts";

/** A JSON line for the eyes: `12:30:01.123 INFO (chat): joined {"room":7}`, an error's stack on lines of its own. */
export function prettyLine(line: string): string {
  const { level, time, pid, hostname, name, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  void pid;
  void hostname;
  const levelName = Object.entries(LEVELS).find(([, value]) => value === level)?.[0] ?? String(level);
  const parts = [clock(time), levelName.toUpperCase()];
  parts.push(typeof name === "string" ? `(${name}):` : ":");
  if (msg !== undefined) parts.push(typeof msg === "string" ? msg : JSON.stringify(msg));
  if (Object.keys(fields).length > 0) parts.push(JSON.stringify(fields));
  let text = `${parts.filter((part) => part !== "").join(" ")}\n`;
  if (err !== undefined) text += `    ${errorText(err).replaceAll("\n", "\n    ")}\n`;
  return text;
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
