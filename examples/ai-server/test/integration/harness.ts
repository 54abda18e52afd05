import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createClient } from "@servertech/rpc";
import { expect } from "vitest";
import { AiServer, type ChatChunk, type ChatRequest, aiErrorOf } from "../../src/contract.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

export interface RunningServer extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly address: string;
  /** What it wrote to stdout and stderr so far. */
  output(): string;
  /** Resolves with its exit status or signal. */
  readonly exited: Promise<number | NodeJS.Signals>;
}

/** ai-server as a process of its own, from source, with these variables and no others. */
export async function startAiServer(env: Record<string, string>): Promise<RunningServer> {
  const server = spawnAiServer(env);
  const lines = createInterface(server.process.stdout!);
  const address = await Promise.race([
    (async () => {
      for await (const line of lines) {
        const match = /^ai-server listening on (\S+)$/.exec(line);
        if (match?.[1] !== undefined) return match[1];
      }
      return undefined;
    })(),
    server.exited,
  ]);
  if (typeof address !== "string" || !address.includes(":"))
    throw new Error(`ai-server did not start: ${server.output()}`);
  return { ...server, address };
}

export function spawnAiServer(env: Record<string, string>): Omit<RunningServer, "address"> {
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, [...process.execArgv, MAIN], {
    env: { PATH, RPC_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, "exit").then(([code, signal]: unknown[]) => (code ?? signal) as number | NodeJS.Signals);
  return {
    process: child,
    output: () => output,
    exited,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

export function clientOf(address: string) {
  return createClient(AiServer, { target: `tcp://${address}` });
}

export { eventually } from "./eventually.ts";

export type Client = ReturnType<typeof clientOf>;

export async function tokenFor(client: Client, userId: number, apiKey = ""): Promise<string> {
  return (await client.setInitInfo({ userId, sessionId: 0, apiKey })).responMessage;
}

/** A chat request with nothing but what is given. */
export function chatRequest(request: Partial<ChatRequest>): ChatRequest {
  return {
    token: "",
    conversationId: 0n,
    content: "",
    model: "",
    nonce: "",
    regenerateMessageId: 0n,
    detachable: false,
    context: [],
    editMessageId: 0n,
    ...request,
  };
}

type Event = NonNullable<ChatChunk["event"]>;
type ValueOf<Case extends Event["case"]> = Extract<Event, { case: Case }>["value"];

/** What a stream of chunks says. */
export class Heard {
  readonly chunks: ChatChunk[] = [];
  readonly deltas: ValueOf<"delta">[] = [];
  text = "";
  started!: ValueOf<"started">;
  done!: ValueOf<"done">;

  add(chunk: ChatChunk): void {
    const { event } = chunk;
    if ((this.chunks.length === 0) !== (event?.case === "started") || this.done !== undefined)
      throw new Error(`${event?.case} is out of place`);
    this.chunks.push(chunk);
    if (event?.case === "started") this.started = event.value;
    if (event?.case === "done") this.done = event.value;
    if (event?.case !== "delta") return;
    this.deltas.push(event.value);
    this.text += event.value.text;
  }
}

/** Reads a stream to its end, or until `until` says so. */
export async function hear(
  chunks: AsyncIterable<ChatChunk>,
  until: (heard: Heard) => boolean = () => false,
): Promise<Heard> {
  const heard = new Heard();
  for await (const chunk of chunks) {
    heard.add(chunk);
    if (until(heard)) return heard;
  }
  expect(heard.done, "the stream ends with Done").toBeDefined();
  return heard;
}

/** Variables of a server that asks `provider`, in a database and with a Redis of its own. */
export function providerEnv(
  provider: { readonly baseUrl: string },
  mysql: string,
  redis: string,
): Record<string, string> {
  return {
    MYSQL_URL: mysql,
    REDIS_URL: redis,
    AI_BASE_URL: provider.baseUrl,
    AI_MODEL: "model-a",
    AI_MODELS: "model-a,model-b",
    AI_API_KEY: "sk-operator-0001",
    AI_KEY_SECRET: Buffer.alloc(32, 9).toString("base64"),
  };
}

/** The code of the AiError that a call failed with. */
export async function failureOf(call: PromiseLike<unknown>): Promise<{ status: number; code: string | undefined }> {
  try {
    await call;
  } catch (error) {
    const status = (error as { status?: number }).status ?? -1;
    return { status, code: aiErrorOf(error)?.code };
  }
  throw new Error("the call did not fail");
}
