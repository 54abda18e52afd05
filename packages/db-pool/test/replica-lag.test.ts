import { describe, expect, it } from "vitest";
import { DbPoolError } from "../src/index.ts";
import { LagQuestion } from "../src/replica-lag.ts";

const unknownWords = () => new DbPoolError("QUERY_FAILED", "You have an error in your SQL syntax", { errno: 1064 });

describe("lag", () => {
  it.each([
    ["no replication", [], 0],
    ["MariaDB", [{ Seconds_Behind_Master: "3" }], 3_000],
    ["MySQL 8.0.22 and later", [{ Seconds_Behind_Source: 3 }], 3_000],
    ["the most of several sources", [{ Seconds_Behind_Source: 1 }, { Seconds_Behind_Source: 4 }], 4_000],
    ["replication that stands still", [{ Seconds_Behind_Source: null }], undefined],
    ["one of several that stands still", [{ Seconds_Behind_Master: 1 }, { Seconds_Behind_Master: null }], undefined],
  ])("of %s", async (_what, rows, lagMs) => {
    expect(await new LagQuestion().lagMs(async () => rows)).toBe(lagMs);
  });

  it("is asked in the old words where the new ones are unknown, from then on at once", async () => {
    const asked: string[] = [];
    const old = async (sql: string) => {
      asked.push(sql);
      if (sql.includes("REPLICA")) throw unknownWords();
      return [{ Seconds_Behind_Master: 2 }];
    };
    const question = new LagQuestion();
    expect(await question.lagMs(old)).toBe(2_000);
    expect(await question.lagMs(old)).toBe(2_000);
    expect(asked).toEqual(["SHOW REPLICA STATUS", "SHOW SLAVE STATUS", "SHOW SLAVE STATUS"]);
  });

  it("rejects with any other error, asking once", async () => {
    let asked = 0;
    const denied = new DbPoolError("QUERY_FAILED", "Access denied", { errno: 1227 });
    const refuse = async () => {
      asked += 1;
      throw denied;
    };
    await expect(new LagQuestion().lagMs(refuse)).rejects.toBe(denied);
    expect(asked).toBe(1);
  });
});
