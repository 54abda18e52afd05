import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:tls";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OpenAiCompatible } from "../../src/llm/openai-compat.ts";
import { goodAnswer, scriptedProvider } from "../scripted-provider.ts";

const openssl = ["/usr/bin/openssl", "/usr/local/bin/openssl", "/opt/homebrew/bin/openssl"].find((file) =>
  existsSync(file),
);

describe.skipIf(openssl === undefined)("a provider over TLS", () => {
  let folder: string;
  let ca: string;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "ai-server-tls-"));
    run(
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-subj",
      "/CN=Private CA",
      "-days",
      "2",
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
    );
    ca = read("ca.pem");
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  const read = (file: string): string => readFileSync(path.join(folder, file), "utf8");
  const run = (...args: string[]): void => void execFileSync(openssl!, args, { cwd: folder, stdio: "pipe" });

  function certificate(name: string, { san = "IP:127.0.0.1,DNS:localhost", validity = ["-days", "2"] } = {}) {
    run(
      "req",
      "-new",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-subj",
      `/CN=${name}`,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.csr`,
    );
    writeFileSync(path.join(folder, `${name}.ext`), `subjectAltName=${san}\n`);
    run(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      ...validity,
      "-extfile",
      `${name}.ext`,
      "-out",
      `${name}.pem`,
    );
    return { key: read(`${name}.key`), cert: read(`${name}.pem`) };
  }

  async function ask(baseUrl: string, trusted?: string) {
    const model = new OpenAiCompatible({ baseUrl, ca: trusted, limits: { retryMs: 1 } });
    let text = "";
    try {
      const call = {
        model: "m",
        messages: [{ role: "user" as const, content: "hi" }],
        apiKey: "sk-key-1234",
        signal: new AbortController().signal,
      };
      for await (const event of model.stream(call)) if (event.type === "text") text += event.text;
      return text;
    } finally {
      await model.close();
    }
  }

  it("answers when its private authority is trusted", async () => {
    await using provider = await scriptedProvider(certificate("good"));
    provider.play(goodAnswer);
    await expect(ask(provider.baseUrl, ca)).resolves.toBe("Hello world");
  });

  it.each([
    ["of an unknown authority", {}, false],
    ["for another name", { san: "DNS:example.com" }, true],
    ["that has expired", { validity: ["-days", "-1"] }, true],
  ])("with a certificate %s is AI_TLS, and gets nothing to read", async (_, options, trusted) => {
    await using provider = await scriptedProvider(certificate(`bad${Math.random()}`, options));
    provider.play(goodAnswer);
    await expect(ask(provider.baseUrl, trusted ? ca : undefined)).rejects.toMatchObject({ code: "AI_TLS" });
    expect(provider.requests).toEqual([]);
  });

  it("is told its name before it shows a certificate", async () => {
    const names: string[] = [];
    const server = createServer(
      { ...certificate("sni"), SNICallback: (name, done) => (names.push(name), done(null)) },
      (socket) => socket.destroy(),
    );
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    const { port } = server.address() as { port: number };
    await expect(ask(`https://localhost:${port}/v1`, ca)).rejects.toMatchObject({ code: "AI_UNREACHABLE" });
    expect(names).toContain("localhost");
    await new Promise((resolve) => server.close(resolve));
  });
});
