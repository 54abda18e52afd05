import { AiFault } from "../llm/faults.ts";

/** Which models a user may pick from. */
export interface Models {
  readonly names: readonly string[];
  readonly fallback: string;
  /** The built-in demo answers. */
  readonly demo: boolean;
}

/**
 * @param wanted empty: `usual`, if there still is such a model, else the default one.
 * @throws AiFault `AI_BAD_REQUEST` when there is no such model.
 */
export function pickModel({ names, fallback }: Models, wanted: string, usual = ""): string {
  if (wanted === "") return names.includes(usual) ? usual : fallback;
  if (!names.includes(wanted)) throw new AiFault("AI_BAD_REQUEST", {}, `model: must be one of ${names.join(", ")}`);
  return wanted;
}
