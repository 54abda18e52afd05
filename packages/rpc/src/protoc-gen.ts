import { buffer } from "node:stream/consumers";
import { answerPlugin } from "./generator/plugin.ts";

process.stdout.write(answerPlugin(await buffer(process.stdin)));
