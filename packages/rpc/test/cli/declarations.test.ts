import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createServer, reflection } from "../../src/index.ts";
import { Echo, echoHandlers } from "../echo-service.ts";
import { cli, lines } from "./cli-run.ts";
import { FIXTURES, startTestServer } from "./test-server.ts";

const EVERYTHING = ["--proto", `${FIXTURES}everything.proto`, "-I", FIXTURES];
const METHODS = ["GetOne", "Put", "List", "Upload", "Talk", "Close", "Echo"].map((name) => `test.all.All/${name}`);

describe("servertech-rpc list", () => {
  it("lists services, and the methods of one, by reflection", async () => {
    await using server = await startTestServer();
    const services = [
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "test.all.All",
      "test.known.Clock",
    ];
    expect(await cli(["list", server.target])).toEqual({ exitCode: 0, stdout: `${services.join("\n")}\n`, stderr: "" });
    expect(lines((await cli(["list", server.target, "--json"])).stdout)).toEqual(
      services.map((service) => ({ service })),
    );
    expect((await cli(["list", server.target, "test.all.All"])).stdout).toBe(`${METHODS.join("\n")}\n`);
    const { stdout } = await cli(["list", server.target, "test.known.Clock", "--json"]);
    const known = "test.known.Known";
    expect(lines(stdout)).toEqual([
      {
        method: "test.known.Clock/Now",
        kind: "unary",
        request: "google.protobuf.Empty",
        response: "google.protobuf.Timestamp",
      },
      { method: "test.known.Clock/Echo", kind: "bidi", request: known, response: known },
    ]);
  });

  it("reads a proto file instead", async () => {
    expect((await cli(["list", ...EVERYTHING])).stdout).toBe("test.all.All\n");
    expect((await cli(["list", ...EVERYTHING, "test.all.All"])).stdout).toBe(`${METHODS.join("\n")}\n`);
  });

  it.each([["test.all.Al"], ["test.all.Node"]])("ends with 2 when %s is no service", async (name) => {
    const text = `list: ${FIXTURES}everything.proto has no service ${name}`;
    const result = await cli(["list", ...EVERYTHING, name]);
    expect(result).toMatchObject({ exitCode: 2, stdout: "", stderr: expect.stringContaining(text) });
  });
});

const NODE = `// It holds itself: */ is no end.
message test.all.Node {
  string name = 1;
  test.all.Node next = 2;
  test.all.Node.Inner inner = 3;
  test.all.Node.Color color = 4;
  message Inner {
    uint32 depth = 1;
    test.all.Node.Inner.Buffer buffer = 2;
    message Buffer {
      bytes b = 1;
    }
  }
  enum Color {
    option allow_alias = true;
    NONE = 0;
    RED = 1;
    ROT = 1;
  }
}
`;
const uncommented = (text: string) => text.replaceAll(/^ *\/\/.*\n/gm, "");

describe("servertech-rpc describe", () => {
  it("shows messages with their fields, and all that stands in them", async () => {
    await using server = await startTestServer();
    expect(await cli(["describe", ...EVERYTHING, "test.all.Node"])).toEqual({ exitCode: 0, stdout: NODE, stderr: "" });
    expect((await cli(["describe", server.target, "test.all.Node"])).stdout).toBe(uncommented(NODE));
    // A member leads to where it stands.
    expect((await cli(["describe", ...EVERYTHING, "test.all.Node.next"])).stdout).toBe(NODE);
    const { stdout } = await cli(["describe", ...EVERYTHING, "test.all.Node.RED"]);
    expect(stdout).toMatch(/^enum test\.all\.Node\.Color \{\n/);
  });

  it("shows every form of a field", async () => {
    const text = (await Promise.all(["Optionals", "Lists", "Maps", "Choice", "Scalars", "Object"].map(described))).join(
      "",
    );
    for (const line of [
      "  optional test.shared.Weight weight = 4;",
      "  int64 as_number = 7 [jstype = JS_NUMBER];",
      "  repeated fixed32 unpacked = 7 [packed = false];",
      "  map<int32, test.shared.Tag> tags = 2;",
      "  // One of them.\n  oneof picked_one {\n    // A text.\n    string as_text = 2;",
      '  // Two bytes of tag.\n  string far = 2000 [json_name = "veryFar"];',
      "message test.all.Object {}",
    ])
      expect(text).toContain(`${line}\n`);
  });

  it("shows reserved numbers and names, and what is deprecated", async () => {
    const dir = await mkdtemp(join(tmpdir(), "rpc-describe-"));
    try {
      const source = `syntax = "proto3";
message A {
  option deprecated = true;
  reserved 2, 4 to 6;
  reserved "old";
  string a = 1 [deprecated = true];
}
`;
      await writeFile(join(dir, "a.proto"), source);
      const { stdout } = await cli(["describe", "--proto", join(dir, "a.proto"), "A"]);
      expect(stdout.split("\n")).toEqual([
        "message A {",
        "  option deprecated = true;",
        "  string a = 1 [deprecated = true];",
        "  reserved 2, 4 to 6;",
        '  reserved "old";',
        "}",
        "",
      ]);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it("shows services, and a method with its messages", async () => {
    await using server = await startTestServer();
    const { stdout } = await cli(["describe", server.target]);
    for (const line of [
      "service test.all.All {",
      "  rpc GetOne(test.all.Object) returns (test.all.Node) {\n    option idempotency_level = NO_SIDE_EFFECTS;\n  }",
      "  rpc List(test.all.Object) returns (stream test.shared.Tag);",
      "  rpc Upload(stream test.all.Node) returns (test.all.Object);",
      "  rpc Talk(stream test.all.Node) returns (stream test.all.Node);",
      "service grpc.health.v1.Health {",
    ])
      expect(stdout).toContain(`${line}\n`);
    const method = await cli(["describe", server.target, "test.all.All/Upload"]);
    expect(method.stdout).toBe(
      `rpc test.all.All.Upload(stream test.all.Node) returns (test.all.Object);\n\n${uncommented(NODE)}\nmessage test.all.Object {}\n`,
    );
  });

  it("gives the same as JSON", async () => {
    const json = async (symbol: string) => lines((await cli(["describe", ...EVERYTHING, symbol, "--json"])).stdout);
    expect(await json("test.shared.Weight")).toEqual([
      {
        declares: "enum",
        name: "test.shared.Weight",
        values: [
          { name: "WEIGHT_UNSPECIFIED", number: 0 },
          { name: "LIGHT", number: 1 },
          { name: "HEAVY", number: 2 },
          { name: "BELOW", number: -3 },
        ],
      },
    ]);
    const [choice] = (await json("test.all.Choice")) as [{ fields: unknown[] }];
    expect(choice.fields.slice(0, 2)).toEqual([
      { name: "before", number: 1, type: "string" },
      { name: "as_text", number: 2, type: "string", oneof: "picked_one" },
    ]);
    expect(await json("test.all.All/Talk")).toMatchObject([
      { declares: "method", name: "test.all.All.Talk", kind: "bidi", idempotent: false },
      { declares: "message", name: "test.all.Node" },
    ]);
    const [service] = (await json("test.all.All")) as [{ methods: { kind: string }[] }];
    const kinds = ["unary", "unary", "serverStream", "clientStream", "bidi", "unary", "unary"];
    expect(service.methods.map(({ kind }) => kind)).toEqual(kinds);
  });

  it("marks words and comments on a terminal", async () => {
    const { stdout } = await cli(["describe", ...EVERYTHING, "test.all.Node"], { terminal: true });
    expect(stdout).toContain("\u001B[1mmessage\u001B[22m test.all.Node {");
    expect(stdout).toContain("\u001B[2m// It holds itself");
  });

  it("ends with 2 for what is not there", async () => {
    await using server = await startTestServer();
    const { exitCode, stderr } = await cli(["describe", server.target, "test.all.Nod"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("describe: ");
    expect(stderr).toContain("has no symbol test.all.Nod");
  });

  it("names services whose proto file the server does not have", async () => {
    const server = createServer().add(Echo, echoHandlers).add(reflection());
    const { port } = await server.listen();
    const target = `127.0.0.1:${port}`;
    const all = await cli(["describe", target]);
    expect(all.stdout).toContain(`// The server does not give the proto file of ${Echo.name}.\n`);
    expect(lines((await cli(["describe", target, "--json"])).stdout)).toContainEqual({
      declares: "service",
      name: Echo.name,
    });
    const call = await cli(["call", target, `${Echo.name}/Unary`]);
    const text = `${target} does not give the proto file of ${Echo.name}: name it with --proto`;
    expect(call).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(text) });
    await server.close();
  });
});

async function described(name: string): Promise<string> {
  return (await cli(["describe", ...EVERYTHING, `test.all.${name}`])).stdout;
}
