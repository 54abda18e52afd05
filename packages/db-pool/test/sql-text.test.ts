import { describe, expect, it } from "vitest";
import { sqlText } from "../src/sql-text.ts";

describe("placeholders", () => {
  it.each([
    ["SELECT ?", 1, []],
    ["SELECT '?', \"?\", `?`, ?", 1, []],
    ["SELECT 'it''s ?', 'a\\'?', ?", 1, []],
    ["SELECT ? -- why ?\n, ?", 2, []],
    ["SELECT ? # why ?\n, ?", 2, []],
    ["SELECT 5--?\n", 1, []],
    ["SELECT /* ? :no */ ?", 1, []],
    ["SELECT :a, :b_2, :a", 0, ["a", "b_2", "a"]],
    ["SELECT ':a', \":a\", `:a`, @x := :b", 0, ["b"]],
    ["SELECT '12:30', JSON_EXTRACT(j, '$.a:b')", 0, []],
  ])("of %s", (sql, positional, names) => {
    expect(sqlText(sql)).toMatchObject({ positional, named: { names } });
  });

  it("named ones become question marks, quoted ones stay", () => {
    expect(sqlText("SELECT :a, ':a' /* :a */ FROM t WHERE x=:b").named.sql).toBe(
      "SELECT ?, ':a' /* :a */ FROM t WHERE x=?",
    );
  });

  it("of a text of many megabytes", () => {
    const long = `SELECT '${"x''\\'".repeat(1_000_000)}', ?`;
    expect(sqlText(long).positional).toBe(1);
  });
});

describe("what a statement leaves behind", () => {
  it.each([
    "SELECT 1",
    "  select * from t where a = 'into x' and b = 'get_lock(1)'",
    "/* why */ SELECT 1 -- for update",
    "SELECT LAST_INSERT_ID()",
    "INSERT INTO t (a) VALUES (?)",
    "UPDATE t SET a = 1",
    "DELETE FROM t",
    "REPLACE INTO t VALUES (1)",
    String.raw`SELECT * FROM t WHERE a LIKE '\%\\' AND b = "\\"`,
  ])("nothing: %s", (sql) => {
    expect(sqlText(sql)).toMatchObject({ plain: true, movesDatabase: false });
  });

  it.each([
    "SELECT a INTO @x FROM t",
    "SELECT @x := 1",
    "SELECT GET_LOCK('a', 1)",
    "SELECT * FROM t FOR UPDATE",
    "SELECT * FROM t FOR/**/UPDATE",
    "SELECT * FROM t LOCK IN SHARE MODE",
    "SELECT LAST_INSERT_ID(5)",
    "SELECT NEXTVAL(s)",
    "SELECT 1 /*!50000 INTO @x */",
    "UPDATE t SET a = (@x := a)",
    "INSERT INTO t SELECT GET_LOCK('a', 1)",
    "SET @x = 1",
    "BEGIN",
    "START TRANSACTION",
    "CREATE TEMPORARY TABLE t (a INT)",
    "CALL p()",
    "WITH x AS (SELECT 1) SELECT * FROM x",
    "(SELECT 1)",
    "SHOW TABLES",
    "LOCK TABLES t READ",
    "selectx",
    "",
    // With NO_BACKSLASH_ESCAPES the text ends at the first quote, and a lock is taken.
    String.raw`SELECT '\', GET_LOCK('a', 1), '\''`,
  ])("something, or not to be told: %s", (sql) => {
    expect(sqlText(sql).plain).toBe(false);
  });

  it.each(["USE other", "/*!USE other */", "use`other`"])("another database: %s", (sql) => {
    expect(sqlText(sql).movesDatabase).toBe(true);
  });
});

describe("what may be sent again", () => {
  it.each([
    ["SELECT 1", true],
    ["SHOW TABLES", true],
    ["SELECT NEXT VALUE FOR s", false],
    ["SELECT * FROM t FOR UPDATE", false],
    ["SELECT GET_LOCK('a', 1)", false],
    ["INSERT INTO t SELECT 1", false],
    ["UPDATE t SET a = 1", false],
    ["WITH x AS (SELECT 1) DELETE FROM t", false],
    ["CALL p()", false],
  ])("%s: %s", (sql, read) => {
    expect(sqlText(sql).read).toBe(read);
  });
});
