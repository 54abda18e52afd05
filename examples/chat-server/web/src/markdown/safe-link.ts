const ALLOWED = new Set(["http:", "https:", "mailto:"]);

/** The address as it may stand in a link; undefined for one that is relative, or would do something else than lead somewhere. */
export function safeLink(href: string): string | undefined {
  try {
    const url = new URL(href);
    return ALLOWED.has(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}
