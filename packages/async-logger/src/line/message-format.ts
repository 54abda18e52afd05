/** How a message shows its arguments. None of them throws. */
export interface ArgumentText {
  /** For `%o`, `%O`, `%j`, and for arguments after an object. */
  json(value: unknown): string | undefined;
  /** For `%s`. */
  text(value: unknown): string;
}

/**
 * A message with its arguments in the places of `%s %d %f %i %o %O %j`, `%%` being a per cent sign. An argument without
 * a place is left out, a place without an argument stays. A message that is an object is joined with its arguments;
 * one that is neither text nor object comes back as it is.
 */
export function formatMessage(message: unknown, args: readonly unknown[], show: ArgumentText): unknown {
  if (args.length === 0) return message;
  if (typeof message === "object" && message !== null) {
    return [message, ...args].map((one) => show.json(one)).join(" ");
  }
  if (typeof message !== "string") return message;
  let out = "";
  let from = 0;
  let next = 0;
  for (let at = message.indexOf("%"); at !== -1 && at + 1 < message.length; at = message.indexOf("%", at)) {
    const kind = message.charAt(at + 1);
    const place = kind === "%" ? "%" : next < args.length ? shown(kind, args[next], show) : undefined;
    // A per cent sign without meaning uses up an argument all the same, as in pino.
    if (kind !== "%") next += 1;
    if (place === undefined) {
      at += 1;
      continue;
    }
    out += message.slice(from, at) + place;
    at += 2;
    from = at;
  }
  return from === 0 ? message : out + message.slice(from);
}

function shown(kind: string, value: unknown, show: ArgumentText): string | undefined {
  switch (kind) {
    case "s":
      return show.text(value);
    case "d":
    case "f":
      return value === null || value === undefined ? undefined : String(asNumber(value));
    case "i":
      return value === null || value === undefined ? undefined : String(Math.floor(asNumber(value)));
    case "o":
    case "O":
    case "j":
      if (value === undefined) return undefined;
      if (typeof value === "string") return `'${value}'`;
      if (typeof value === "function") return value.name || "<anonymous>";
      return show.json(value) ?? show.text(value);
    default:
      return undefined;
  }
}

function asNumber(value: unknown): number {
  try {
    return Number(value);
  } catch {
    // Symbols and objects whose conversion throws are no numbers.
    return NaN;
  }
}
