import { useEffect, useState } from "react";
import type { CodePart } from "./code-parts.ts";

const MAX_BYTES = 20_480;

interface Highlighted {
  readonly code: string;
  readonly parts: readonly CodePart[] | undefined;
}

/** The code in coloured parts, once the highlighter is there; undefined for what stays plain. */
export function useHighlight(code: string, language: string, closed: boolean): readonly CodePart[] | undefined {
  const [highlighted, setHighlighted] = useState<Highlighted>();
  const isWanted = closed && language !== "" && code.length <= MAX_BYTES;
  useEffect(() => {
    if (!isWanted) return undefined;
    let isCurrent = true;
    import("./highlighter.ts").then(
      ({ highlight }) => {
        if (isCurrent) setHighlighted({ code, parts: highlight(code, language) });
      },
      () => {
        // It could not be loaded: plain code reads as well.
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [code, language, isWanted]);
  return isWanted && highlighted?.code === code ? highlighted.parts : undefined;
}

/** Whether the fence that begins a code block is closed: what is still being written keeps changing its colours. */
export function isClosedFence(raw: string): boolean {
  const lines = raw.trimEnd().split("\n");
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(lines[0] ?? "")?.[1];
  return fence !== undefined && lines.length > 1 && (lines.at(-1)?.trim().startsWith(fence) ?? false);
}
