import { describe, expect, it } from "vitest";
import { PreparedStatements } from "../src/prepared-statements.ts";

const statement = { execute: () => undefined };

describe("prepared statements", () => {
  it("beyond their number, the one unused for longest is closed", () => {
    const closed: string[] = [];
    const kept = new PreparedStatements(2, (sql) => closed.push(sql));
    kept.add("a", statement);
    kept.add("b", statement);
    expect(kept.get("a")).toBe(statement);
    kept.add("c", statement);
    expect(closed).toEqual(["b"]);
    expect([kept.get("a"), kept.get("b"), kept.get("c")]).toEqual([statement, undefined, statement]);
  });

  it("are closed when removed, once, and forgotten without that when the server has forgotten them", () => {
    const closed: string[] = [];
    const kept = new PreparedStatements(5, (sql) => closed.push(sql));
    kept.add("a", statement);
    kept.add("b", statement);
    kept.remove("a");
    kept.remove("a");
    kept.clear();
    kept.remove("b");
    expect(closed).toEqual(["a"]);
    expect(kept.get("b")).toBeUndefined();
  });
});
