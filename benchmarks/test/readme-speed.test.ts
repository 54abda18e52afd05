import { describe, expect, it } from "vitest";
import type { CaseResult } from "../src/case-result.ts";
import { withFigures } from "../src/readme-speed.ts";

const row = { unit: "calls/s", min: 1, max: 3, rounds: 5 };
const result: CaseResult = {
  case: "rpc/unary",
  question: "What does a call cost?",
  node: "v20.20.2",
  cpu: "A CPU",
  cores: 2,
  date: "2030-01-02T03:04:05.000Z",
  command: "npm run bench -- rpc unary",
  results: [
    { ...row, name: "ours", version: "0.1.0", params: { inFlight: 64 }, median: 123_456, cpuUsPerOp: 8 },
    { ...row, name: "theirs", version: "", params: { inFlight: 64 }, median: 1_234 },
  ],
  ratios: [],
  limits: [],
};
const readme = (figures: string) =>
  `# A\n\n<!-- figures: written by npm run bench -->\n${figures}\n<!-- /figures -->\n\nrest\n`;
const written = readme(`
What does a call cost? (\`npm run bench -- rpc unary\`, Node v20.20.2, 2 cores)

| parameters  |            | calls/s | CPU µs/op |
| ----------- | ---------- | ------- | --------- |
| inFlight 64 | ours 0.1.0 | 123,000 | 8         |
| inFlight 64 | theirs     | 1,230   |           |
`);

describe("withFigures", () => {
  it("writes between the comments, and the same over what it wrote before", () => {
    expect(withFigures(readme(""), [result])).toBe(written);
    expect(withFigures(written, [result])).toBe(written);
  });

  it("leaves a text without the comments as it is", () => {
    expect(withFigures("# A\n", [result])).toBe("# A\n");
  });
});
