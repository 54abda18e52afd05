/** `protoc-gen-servertech` without its process: protoc and buf start it without arguments and hand it the request on stdin. */
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { PLUGIN_PARAMETERS, answerPlugin } from "../generator/plugin.ts";
import { packageVersion } from "./package-version.ts";

const HELP = `protoc --servertech_out=<dir> [--servertech_opt=<parameter>,...] <file.proto...>

protoc-gen-servertech is a plugin that protoc and buf start: it reads a CodeGeneratorRequest from stdin, and answers with the
modules that \`servertech-rpc gen\` writes. Its parameters:

${PLUGIN_PARAMETERS.map((parameter) => `  ${parameter}\n`).join("")}`;

export interface PluginOutcome {
  readonly exitCode: 0 | 2;
  readonly stdout: string | Uint8Array;
  readonly stderr: string;
}

/** @returns exit code 2 for wrong arguments. That a file is refused is part of the answer: protoc tells of it. */
export async function runPlugin([argument]: readonly string[], stdin: Readable): Promise<PluginOutcome> {
  if (argument === undefined) return done(answerPlugin(await buffer(stdin)));
  if (argument === "--help" || argument === "-h") return done(HELP);
  if (argument === "--version" || argument === "-V") return done(`${packageVersion()}\n`);
  const stderr = `protoc-gen-servertech: it takes no arguments, not ${argument}\nTry: protoc-gen-servertech --help\n`;
  return { exitCode: 2, stdout: "", stderr };
}

function done(stdout: string | Uint8Array): PluginOutcome {
  return { exitCode: 0, stdout, stderr: "" };
}
