import { parseArgs } from "node:util";
import { BenchmarkError } from "./benchmark-error.ts";

export interface Arguments {
  readonly group: string | undefined;
  readonly name: string | undefined;
  readonly smoke: boolean;
  readonly nativePeers: boolean;
  /** The file that gets all results instead of `benchmarks/results`. */
  readonly json: string | undefined;
  /** Nothing is run: the pages are written anew from the kept results. */
  readonly report: boolean;
}

const USAGE = "npm run bench [-- <package> [case]] [--smoke] [--json <file>] [--native-peers] | --report";

/** @throws {@link BenchmarkError} with the usage. */
export function parseArguments(argv: readonly string[]): Arguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        smoke: { type: "boolean", default: false },
        "native-peers": { type: "boolean", default: false },
        json: { type: "string" },
        report: { type: "boolean", default: false },
      },
    });
    const [group, name, surplus] = positionals;
    if (surplus !== undefined) throw new TypeError(`"${surplus}" is one name too many`);
    const { smoke, json, report } = values;
    return { group, name, smoke, nativePeers: values["native-peers"], json, report };
  } catch (error) {
    throw new BenchmarkError(`${error instanceof Error ? error.message : String(error)}\nUsage: ${USAGE}`, {
      cause: error,
    });
  }
}
