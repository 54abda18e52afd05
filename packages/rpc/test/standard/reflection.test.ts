import { describe, expect, it } from "vitest";
import { createClient, createLocalPair, createServer, health, reflection } from "../../src/index.ts";
import { ServerReflection, type ServerReflectionRequest } from "../../src/gen/reflection.ts";
import { All } from "../fixtures/gen/everything.ts";
import { Echo, echoHandlers } from "../echo-service.ts";

type Ask = ServerReflectionRequest["messageRequest"];

async function ask(...questions: Ask[]) {
  const server = createServer()
    .add(Echo, echoHandlers)
    .add(All, {} as never)
    .add(health())
    .add(reflection());
  await using channel = createLocalPair(server);
  const call = createClient(ServerReflection, channel).serverReflectionInfo();
  const answers = [];
  for (const messageRequest of questions) {
    await call.send({ host: "here", messageRequest });
    answers.push((await call.next()).value);
  }
  call.end();
  expect(await call.next()).toMatchObject({ done: true });
  await channel.close();
  await server.close();
  return answers;
}

function filesOf(answer: Awaited<ReturnType<typeof ask>>[number]): string[] {
  const response = answer?.messageResponse;
  if (response?.case !== "fileDescriptorResponse") throw new Error(`no file: ${JSON.stringify(answer)}`);
  // Field 1 of FileDescriptorProto is its name.
  return response.value.fileDescriptorProto.map((bytes) =>
    Buffer.from(bytes.subarray(2, 2 + (bytes[1] ?? 0))).toString(),
  );
}

describe("reflection", () => {
  it("lists services, those without a file, too", async () => {
    const [answer] = await ask({ case: "listServices", value: "" });
    expect(answer).toMatchObject({ validHost: "here", originalRequest: { host: "here" } });
    const response = answer?.messageResponse;
    const names = response?.case === "listServicesResponse" ? response.value.service.map(({ name }) => name) : [];
    expect(names).toEqual([Echo.name, All.name, "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"]);
  });

  it("gives the file of a service, a method, a message, a field and an enum value, with all that it imports", async () => {
    const [service, method, message, value, reflectionItself] = await ask(
      { case: "fileContainingSymbol", value: "grpc.health.v1.Health" },
      { case: "fileContainingSymbol", value: "grpc.health.v1.Health.Check" },
      { case: "fileContainingSymbol", value: "grpc.health.v1.HealthCheckRequest" },
      { case: "fileContainingSymbol", value: "grpc.health.v1.HealthCheckResponse.SERVING" },
      { case: "fileContainingSymbol", value: "grpc.reflection.v1.ServerReflectionRequest.message_request" },
    );
    const [name = ""] = filesOf(service);
    for (const answer of [method, message, value]) expect(filesOf(answer)).toEqual([name]);
    expect(filesOf(reflectionItself)).toHaveLength(1);
    const [all, byName] = await ask(
      { case: "fileContainingSymbol", value: All.name },
      { case: "fileByFilename", value: name },
    );
    expect(filesOf(all).length).toBeGreaterThan(1);
    expect(filesOf(byName)).toEqual([name]);
  });

  it("answers what is not there with an error, and goes on", async () => {
    const answers = await ask(
      { case: "fileContainingSymbol", value: "no.Such" },
      { case: "fileByFilename", value: "no.proto" },
      { case: "fileContainingExtension", value: { containingType: "a.B", extensionNumber: 5 } },
      { case: "allExtensionNumbersOfType", value: "no.Such" },
      { case: undefined },
      { case: "allExtensionNumbersOfType", value: "grpc.health.v1.HealthCheckRequest" },
    );
    const codes = answers.map((answer) => {
      const response = answer?.messageResponse;
      return response?.case === "errorResponse" ? response.value.errorCode : response?.case;
    });
    expect(codes).toEqual([5, 5, 5, 5, 3, "allExtensionNumbersResponse"]);
  });
});
