import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cli, lines, openInput, startCli } from "./cli-run.ts";
import { FIXTURES, startTestServer } from "./test-server.ts";

const all = (method: string) => `test.all.All/${method}`;

describe("call", () => {
  it("prints the reply of a unary call, in one line with --json", async () => {
    await using server = await startTestServer();
    const data = '{"scalars": {"anInt64": "9007199254740993", "a_bytes": "AQI="}, "maps": {"texts": {"k": "v"}}}';
    const args = ["call", server.target, all("Echo"), "-d", data];
    const json = { scalars: { anInt64: "9007199254740993", aBytes: "AQI=" }, maps: { texts: { k: "v" } } };
    expect(await cli(args)).toEqual({ exitCode: 0, stdout: `${JSON.stringify(json, undefined, 2)}\n`, stderr: "" });
    expect((await cli([...args, "--json"])).stdout).toBe(`${JSON.stringify(json)}\n`);
  });

  it("takes the request from a file, from stdin, or makes an empty one", async () => {
    await using server = await startTestServer();
    const dir = await mkdtemp(join(tmpdir(), "rpc-call-"));
    try {
      const file = join(dir, "request.json");
      const request = '{\n  "node": {\n    "name": "ä"\n  }\n}\n';
      await writeFile(file, request);
      const args = ["call", server.target, all("Echo")];
      for (const result of [
        await cli([...args, "-d", `@${file}`]),
        await cli([...args, "-d", "-"], { stdin: request }),
        await cli([...args, "-d", request]),
      ])
        expect(result).toEqual({ exitCode: 0, stdout: request, stderr: "" });
      expect(await cli(args)).toEqual({ exitCode: 0, stdout: "{}\n", stderr: "" });
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it("takes the method with a dot, too, and sends metadata", async () => {
    await using server = await startTestServer();
    const headers = ["-H", "Token: a:b", "-H", "k:1", "-H", "k:2"];
    const { stdout } = await cli(["call", server.target, "test.all.All.GetOne", ...headers]);
    expect(JSON.parse(stdout)).toEqual({ name: "token=a:b k=1 k=2" });
  });

  it("prints the messages of a server stream, one a line", async () => {
    await using server = await startTestServer();
    const { exitCode, stdout } = await cli(["call", server.target, all("List")]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '{"key":"a"}\n{"key":"b"}\n{"key":"c"}\n' });
  });

  it("sends the lines of stdin as a client stream", async () => {
    await using server = await startTestServer();
    const stdin = '{"name":"a"}\n\n{"name":"b"}\r\n{"name":"c"}';
    expect(await cli(["call", server.target, all("Upload")], { stdin })).toMatchObject({ exitCode: 0, stdout: "{}\n" });
    expect(server.received).toEqual(["a", "b", "c"]);
  });

  it("sends lines as they come and prints replies as they come", async () => {
    await using server = await startTestServer();
    const stdin = openInput();
    const run = startCli(["call", server.target, all("Talk")], { stdin });
    stdin.write('{"name":"one"}\n{"na');
    await expect.poll(() => run.stdout.text).toBe('{"name":"one!"}\n');
    stdin.write('me":"two"}\n');
    await expect.poll(() => run.stdout.text).toBe('{"name":"one!"}\n{"name":"two!"}\n');
    stdin.end();
    expect(await run.exitCode).toBe(0);
  });

  it("ends when the server ends the call, though stdin is open", async () => {
    await using server = await startTestServer();
    for (const [name, exitCode] of [
      ["end", 0],
      ["fail", 1],
    ] as const) {
      const stdin = openInput();
      const run = startCli(["call", server.target, all("Talk")], { stdin });
      stdin.write(`{"name":"${name}"}\n`);
      expect(await run.exitCode).toBe(exitCode);
      expect(run.stderr.text).toBe(exitCode === 0 ? "" : "servertech-rpc: ABORTED (10): asked to fail\n");
      expect(stdin.destroyed).toBe(true);
    }
  });

  it("ends with 2 at a line that is no request, and cancels the call", async () => {
    await using server = await startTestServer();
    for (const method of ["Talk", "Upload"]) {
      const stdin = openInput();
      stdin.write('{"name":"one"}\n{"name":1}\n');
      const { exitCode, stderr } = await cli(["call", server.target, all(method)], { stdin });
      expect(exitCode).toBe(2);
      expect(stderr).toContain(
        "call: line 2 of the requests is no test.all.Node: test.all.Node.name: expected a string",
      );
    }
    await expect.poll(() => server.server.stats().inFlight).toBe(0);
    expect(server.cancelled).toBe(1);
  });

  it.each([
    ["{", "call: the request is no JSON: "],
    ['{"nam":"x"}', 'call: the request is no test.all.Node: test.all.Node: it has no field "nam"'],
  ])("ends with 2 for the request %s", async (data, text) => {
    await using server = await startTestServer();
    const { exitCode, stdout, stderr } = await cli(["call", server.target, all("Put"), "-d", data]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain(text);
  });

  it("tells how a call failed: status, message, details of all known types, trailers", async () => {
    await using server = await startTestServer();
    const args = ["call", server.target, all("Put"), "-d", '{"name":"x"}'];
    const details = [
      {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        fieldViolations: [{ field: "name", description: "not there" }],
      },
      { "@type": "type.googleapis.com/test.all.Node", name: "detail" },
      { "@type": "type.googleapis.com/no.Such", value: "AQID" },
    ];
    const text = [
      "servertech-rpc: NOT_FOUND (5): there is no x",
      ...details.map((detail) => `  detail: ${JSON.stringify(detail)}`),
      "  trailer: hint: try another",
    ];
    expect(await cli(args)).toEqual({ exitCode: 1, stdout: "", stderr: `${text.join("\n")}\n` });
    const { exitCode, stderr } = await cli([...args, "--json"]);
    expect(exitCode).toBe(1);
    const trailers = { hint: ["try another"] };
    expect(lines(stderr)).toEqual([{ status: 5, code: "NOT_FOUND", message: "there is no x", details, trailers }]);
  });

  it("reads and writes what Any holds by the types that the server knows", async () => {
    await using server = await startTestServer();
    const known = { "@type": "type.googleapis.com/test.all.Node", name: "given", inner: { depth: 3 } };
    const data = JSON.stringify({ times: ["2024-01-01T00:00:00Z"], anys: [known] });
    const { stdout, stderr } = await cli(["call", server.target, "test.known.Clock/Echo", "-d", data]);
    expect(stderr).toBe("");
    expect(lines(stdout)).toEqual([
      JSON.parse(data),
      {
        anys: [
          { "@type": "type.googleapis.com/test.all.Node", name: "inside" },
          { "@type": "type.googleapis.com/no.Such", value: "AQID" },
        ],
      },
    ]);
  });

  it("refuses an Any of what is no message", async () => {
    await using server = await startTestServer();
    // Nothing, a service, a method and a field.
    for (const type of ["no.Such", "test.all.All", "test.all.All.GetOne", "test.all.Node.name"]) {
      const data = `{"anys":[{"@type":"a/${type}"}]}`;
      const { exitCode, stderr } = await cli(["call", server.target, "test.known.Clock/Echo", "-d", data]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`the type "${type}" is not known`);
    }
  });

  it("says what there is when there is no such method or service", async () => {
    await using server = await startTestServer();
    const texts = [
      ["test.all.All/GetOn", "call: test.all.All has no method GetOn; did you mean GetOne?"],
      ["test.all.All/X", "call: test.all.All has no method X; it has GetOne, Put, List"],
      ["test.all.Al/GetOne", "has no service test.all.Al; did you mean test.all.All?"],
    ] as const;
    for (const [name, text] of texts)
      expect(await cli(["call", server.target, name])).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining(text),
      });
  });

  it("finds the method in a proto file when the server has no reflection, and says so without one", async () => {
    await using server = await startTestServer({}, { reflects: false });
    const args = ["call", server.target, all("Echo"), "-d", '{"node":{"name":"x"}}', "--json"];
    const { exitCode, stderr } = await cli(args);
    expect({ exitCode, errors: lines(stderr) }).toMatchObject({
      exitCode: 1,
      errors: [{ code: "UNIMPLEMENTED", message: expect.stringContaining("name the proto file with --proto") }],
    });
    const proto = ["--proto", `${FIXTURES}everything.proto`, "-I", FIXTURES];
    expect(await cli([...args, ...proto])).toMatchObject({ exitCode: 0, stdout: '{"node":{"name":"x"}}\n' });
    expect(await cli([...args, "--proto", "no.proto"])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("no.proto: cannot be read (ENOENT)"),
    });
  });

  it("ends at its deadline", async () => {
    await using server = await startTestServer();
    const { exitCode, stderr } = await cli(["call", server.target, all("Close"), "--timeout-ms", "300"]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^servertech-rpc: DEADLINE_EXCEEDED \(4\): .*\n$/);
  });

  it("cancels the call when it is stopped, and ends with 130", async () => {
    await using server = await startTestServer();
    const user = new AbortController();
    const stdin = openInput();
    const run = startCli(["call", server.target, all("Talk")], { stdin, signal: user.signal });
    stdin.write('{"name":"one"}\n');
    await expect.poll(() => run.stdout.text).toBe('{"name":"one!"}\n');
    user.abort(new Error("interrupted"));
    expect(await run.exitCode).toBe(130);
    expect(run.stderr.text).toBe("");
    await expect.poll(() => server.cancelled).toBe(1);
  });

  it("ends with 130 when it is stopped while it reads the request", async () => {
    await using server = await startTestServer();
    const user = new AbortController();
    const args = ["call", server.target, all("Echo"), "-d", "-"];
    const run = startCli(args, { stdin: openInput(), signal: user.signal });
    await expect.poll(() => server.server.stats().connections).toBe(1);
    user.abort(new Error("interrupted"));
    expect(await run.exitCode).toBe(130);
  });

  it("writes a long reply whole", async () => {
    await using server = await startTestServer();
    const text = "x".repeat(3_000_000);
    const stdin = JSON.stringify({ scalars: { aString: text } });
    const { exitCode, stdout } = await cli(["call", server.target, all("Echo"), "-d", "-", "--json"], { stdin });
    expect(exitCode).toBe(0);
    expect(stdout === `${stdin}\n`).toBe(true);
  });
});
