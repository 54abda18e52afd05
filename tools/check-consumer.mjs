/**
 * The packages as a stranger gets them: each packed, all installed with npm into a fresh project, every entry imported, required and
 * type-checked there, every bin asked for help, and each README's programs run and type-checked, the first one by require, too. Those of
 * several files have their CPU tasks run on threads of the installed package.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFile } from "node:child_process";
import { pnpm } from "./run/pnpm.mjs";
import { root } from "./run/root.mjs";
import { environmentOf, services } from "./run/servers.mjs";

const STEP_LIMIT_MS = 240_000;
/** The oldest TypeScript that reads `.cts` users of ES modules, and the newest. */
const COMPILERS = ["5.9.3", "7.0.2"];

const folder = mkdtempSync(join(tmpdir(), "servertech-consumer-"));
let failed = 0;
const { startServices } = await services();
const servers = await startServices();
try {
  const packages = readdirSync(join(root, "packages")).map(readPackage);
  await pnpm("pack", ["--filter", "./packages/*", "-r", "pack", "--pack-destination", folder]);
  await install(packages);
  for (const each of packages) await checkPackage(each);
  await checkTypes(packages);
  await checkGenerated();
} finally {
  await servers.stop();
  rmSync(folder, { recursive: true });
}
process.stdout.write(failed === 0 ? "all of it works\n" : `${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;

function readPackage(name) {
  const home = join(root, "packages", name);
  const manifest = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  const entries = Object.keys(manifest.exports)
    .filter((entry) => entry !== "./package.json")
    .map((entry) => manifest.name + entry.slice(1));
  const file = join(home, "README.md");
  const readme = existsSync(file) ? readFileSync(file, "utf8") : "";
  const programs = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  // One program of several files, each with its name in the first line.
  const files = [...readme.matchAll(/^```typescript\n\/\/ (\S+)\.ts\n(.*?)^```$/gms)].map(([, base, code]) => ({
    base,
    code,
  }));
  return { name, manifest, entries, programs, files };
}

async function install(packages) {
  const tarballs = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  const dependencies = Object.fromEntries(tarballs.map((name) => [packageName(name), `file:${name}`]));
  const compilers = Object.fromEntries(
    COMPILERS.map((version) => [`typescript-${version}`, `npm:typescript@${version}`]),
  );
  const types = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).devDependencies["@types/node"];
  // Optional ones: npm would leave them out.
  const peers = Object.assign({}, ...packages.map(({ manifest: { peerDependencies } }) => peerDependencies));
  // Packages of ours that others of ours need come from their tarballs, too.
  const manifest = {
    private: true,
    dependencies: { ...peers, ...shownWith(packages), ...dependencies, ...compilers, "@types/node": types },
    overrides: dependencies,
  };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  await expectRun("npm install", "npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"]);
}

/** Other libraries that programs of the READMEs use, in the versions that the packages are tested with. */
function shownWith(packages) {
  const shown = {};
  for (const { manifest, programs } of packages) {
    for (const [, name] of programs.join("").matchAll(/^import .* from "([^"]+)";$/gm)) {
      const version = manifest.devDependencies?.[name];
      if (version !== undefined && !version.startsWith("workspace:")) shown[name] = version;
    }
  }
  return shown;
}

function packageName(tarball) {
  return tarball.replace(/^servertech-(.*)-\d+\.\d+\.\d+.*\.tgz$/, "@servertech/$1");
}

async function checkPackage({ name, manifest, entries, programs, files }) {
  write(
    `${name}.mjs`,
    entries
      .map(
        (entry, i) =>
          `import * as e${i} from "${entry}";\nif (Object.keys(e${i}).length === 0) throw new Error("${entry} is empty");`,
      )
      .join("\n"),
  );
  await expectRun(`${name}: import`, process.execPath, [`${name}.mjs`]);
  write(
    `${name}.cjs`,
    entries
      .map((entry) => `if (Object.keys(require("${entry}")).length === 0) throw new Error("${entry} is empty");`)
      .join("\n"),
  );
  await expectRun(`${name}: require`, process.execPath, [`${name}.cjs`]);
  for (const bin of Object.keys(manifest.bin ?? {}))
    await expectRun(`${name}: ${bin} --help`, join(folder, "node_modules/.bin", bin), ["--help"]);
  if (programs.length === 0) report(`${name}: README has no program`, false, "");
  for (const [index, program] of programs.entries()) {
    const code = await javaScript(program);
    write(`${name}-${index + 1}.mjs`, code);
    await expectRun(`${name}: README, program ${index + 1}`, process.execPath, [`${name}-${index + 1}.mjs`]);
    if (index > 0) continue;
    write(`${name}-readme.cjs`, required(code));
    await expectRun(`${name}: README by require`, process.execPath, [`${name}-readme.cjs`]);
  }
  if (files.length === 0) return;
  mkdirSync(join(folder, `${name}-files`));
  for (const { base, code } of files) write(`${name}-files/${base}.mjs`, await javaScript(asBuilt(code)));
  await expectRun(`${name}: README, program of several files`, process.execPath, [`${name}-files/main.mjs`]);
}

async function javaScript(program) {
  const { transform } = await import("esbuild");
  return (await transform(program, { loader: "ts", format: "esm", target: "node20" })).code;
}

/** A file that names the others as they are called once built. */
function asBuilt(code) {
  return code.replaceAll(/(from "\.\/[^"]*)\.ts"/g, '$1.mjs"');
}

/** The same program with require in place of import, in a function, as CommonJS has no await at its top. */
function required(code) {
  const lines = code.replaceAll(
    /^import \{([^}]*)\} from ("[^"]+");$/gm,
    (_, names, from) => `const {${names.replaceAll(" as ", ": ")}} = require(${from});`,
  );
  return `(async () => {\n${lines}\n})().catch((error) => {\n  console.error(error);\n  process.exit(1);\n});\n`;
}

/** Every entry and every README's program compile, in files of both kinds, and a planted mistake is found. */
async function checkTypes(packages) {
  const imports = packages
    .flatMap(({ entries }) => entries)
    .map((entry, i) => `import * as e${i} from "${entry}";\nexport const used${i}: object = e${i};`);
  write("entries.mts", imports.join("\n"));
  write("entries.cts", imports.join("\n"));
  for (const { name, programs, files } of packages) {
    for (const [index, program] of programs.entries()) write(`readme-${name}-${index + 1}.mts`, program);
    for (const { base, code } of files) write(`${name}-files/${base}.mts`, asBuilt(code));
  }
  const compilerOptions = {
    module: "nodenext",
    target: "es2023",
    lib: ["es2023", "esnext.disposable"],
    strict: true,
    noEmit: true,
    types: ["node"],
  };
  write(
    "tsconfig.json",
    JSON.stringify({ compilerOptions, include: ["*.mts", "*.cts", "*-files/*.mts"], exclude: ["planted.mts"] }),
  );
  write("planted.mts", `import { optionChecks } from "@servertech/core";\noptionChecks(1);\n`);
  write("tsconfig.planted.json", JSON.stringify({ compilerOptions, files: ["planted.mts"] }));
  for (const version of COMPILERS) {
    const compiler = join("node_modules", `typescript-${version}`, "bin/tsc");
    await expectRun(`TypeScript ${version}`, process.execPath, [compiler, "-p", "tsconfig.json"]);
    const planted = await runIn(process.execPath, [compiler, "-p", "tsconfig.planted.json"]);
    report(`TypeScript ${version} sees a wrong call`, /planted\.mts.*error TS/.test(planted.output), planted.output);
  }
}

/** What the packed generator makes compiles under the strictest flags, as TypeScript and as declarations. */
async function checkGenerated() {
  const schema = "message Node { int64 id = 1; Node next = 2; map<string, Node> all = 3; oneof pick { bytes a = 4; } }";
  write(
    "tree.proto",
    `syntax = "proto3";\n${schema}\nmessage None {}\nservice Tree { rpc Get(None) returns (Node); }\n`,
  );
  const bin = join(folder, "node_modules/.bin/servertech-rpc");
  await expectRun("rpc: gen", bin, ["gen", "tree.proto", "-o", "generated/ts", "--unknown-fields"]);
  await expectRun("rpc: gen --target=js", bin, ["gen", "tree.proto", "-o", "generated/js", "--target=js"]);
  write("generated/package.json", '{"type":"module"}');
  const user = `import { Node, Tree } from "./tree.js";\nexport const id: bigint = Node.create().id;\nexport const used: object = Tree;\n`;
  for (const target of ["ts", "js"]) write(`generated/${target}/user.ts`, user);
  const flags = [
    "strict exactOptionalPropertyTypes noUncheckedIndexedAccess noPropertyAccessFromIndexSignature noImplicitOverride",
    "noImplicitReturns noUnusedLocals noUnusedParameters isolatedDeclarations declaration verbatimModuleSyntax noEmit",
  ].flatMap((line) => line.split(" "));
  const compilerOptions = {
    ...Object.fromEntries(flags.map((flag) => [flag, true])),
    module: "nodenext",
    target: "es2023",
    lib: ["es2023", "esnext.disposable"],
    types: ["node"],
    // Node's own declarations do not pass exactOptionalPropertyTypes.
    skipLibCheck: true,
  };
  write("generated/tsconfig.json", JSON.stringify({ compilerOptions }));
  for (const version of COMPILERS) {
    const compiler = join("node_modules", `typescript-${version}`, "bin/tsc");
    await expectRun(`TypeScript ${version}: generated modules`, process.execPath, [compiler, "-p", "generated"]);
  }
  write(
    "generated/js/run.mjs",
    'import { Node } from "./tree.js";\nif (Node.decode(Node.encode({ id: 5n })).id !== 5n) throw new Error();\n',
  );
  await expectRun("rpc: generated JavaScript", process.execPath, ["generated/js/run.mjs"]);
}

function write(name, text) {
  writeFileSync(join(folder, name), text);
}

async function expectRun(what, file, args) {
  const { ok, output } = await runIn(file, args);
  report(what, ok, output);
}

function report(what, ok, output) {
  if (!ok) failed += 1;
  process.stdout.write(
    `${ok ? "ok    " : "FAILED"} ${what}\n${ok ? "" : output.replaceAll(/^/gm, "         ")}\n`.replace(/\n\n$/, "\n"),
  );
}

function runIn(file, args) {
  return new Promise((resolve) => {
    const options = { cwd: folder, timeout: STEP_LIMIT_MS, env: { ...process.env, ...environmentOf(servers) } };
    execFile(file, args, options, (error, stdout, stderr) =>
      resolve({ ok: error === null, output: `${stdout}${stderr}${error?.killed ? "\nkilled: too slow" : ""}` }),
    );
  });
}
