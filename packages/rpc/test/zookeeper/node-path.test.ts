import { describe, expect, it } from "vitest";
import { pathProblem } from "../../src/zookeeper/client/node-path.ts";

describe("pathProblem", () => {
  it.each(["/", "/a", "/a/b.c", "/…", "/𝄞", "/a b"])("has nothing against %j", (path) => {
    expect(pathProblem(path)).toBeUndefined();
  });

  it.each<readonly [path: unknown, problem: string]>([
    ["", "must begin with /"],
    ["a", "must begin with /"],
    [5, "must begin with /"],
    ["//", 'must not have the segment ""'],
    ["/a/", 'must not have the segment ""'],
    ["/a/./b", 'must not have the segment "."'],
    ["/..", 'must not have the segment ".."'],
    ...["\0", "\u001F", "\u007F", "\u009F", "\uE000", "\uF8FF", "\uFFF0", "\uFFFF"].map(
      (character) => [`/a${character}`, "must not have control or private characters"] as const,
    ),
  ])("refuses %j", (path, problem) => {
    expect(pathProblem(path)).toBe(problem);
  });
});
