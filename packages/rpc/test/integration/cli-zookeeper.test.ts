/** Commands whose servers are found in ZooKeeper. */
import { describe, expect, inject, it } from "vitest";
import { createZooKeeperRegistry } from "../../src/zookeeper/index.ts";
import { cli, lines } from "../cli/cli-run.ts";
import { startTestServer } from "../cli/test-server.ts";

const { zookeeper: connect } = inject("urls");
const BASE = "/rpc-cli-test";

describe("a command with a zk:// target", () => {
  it("finds a registered server, and ends when there is none", async () => {
    await using registry = createZooKeeperRegistry({ connect, base: BASE });
    await using server = await startTestServer();
    const port = Number(server.target.split(":").at(-1));
    const registration = await registry.register({ name: "all", id: "one", address: "127.0.0.1", port });
    const target = `zk://${connect.replace(/^zk:\/\//, "")}${BASE}/all`;
    expect(await cli(["health", target])).toEqual({ exitCode: 0, stdout: "SERVING\n", stderr: "" });
    const { stdout, stderr } = await cli(["call", target, "test.all.All/List"]);
    expect(stderr).toBe("");
    expect(lines(stdout)).toEqual([{ key: "a" }, { key: "b" }, { key: "c" }]);
    expect((await cli(["list", target])).stdout).toContain("test.all.All\n");
    const bench = await cli(["bench", target, "test.all.All/GetOne", "-d", "0.2", "--warmup", "0", "--json"]);
    expect(lines(bench.stdout)).toMatchObject([{ target, failed: 0 }]);

    await registration.close();
    const none = await cli(["health", target]);
    expect(none).toMatchObject({ exitCode: 1, stdout: "" });
    expect(none.stderr).toContain(`UNAVAILABLE (14): ${target} cannot be reached within 2000 ms`);
  });
});
