/**
 * The one door to everything: `npm start`, `npm test`, `npm run bench`. It needs no set-up before, and no dependency.
 * This file keeps to the syntax of old Node versions, so that they show a message instead of a syntax error; see run/main.mjs.
 */
var version = process.versions.node.split(".").map(Number);
var major = version[0];
var minor = version[1];
// The first versions whose require() loads ES modules without a flag, per line of releases.
var fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
if (!fits) {
  process.stderr.write("This project needs Node.js 20.19+, 22.12+ or 24+. You run v" + process.versions.node + ".\n");
  process.exit(1);
}
void import("./run/main.mjs").then(function (main) {
  return main.run(process.argv.slice(2));
});
