import { expect, inject, it } from "vitest";

it("hands its addresses to every test", () => {
  const urls = inject("urls");
  expect(urls.mysql).toMatch(/^mysql:\/\/root@127\.0\.0\.1:\d+\/$/);
  expect(urls.redis).toMatch(/^redis:\/\/127\.0\.0\.1:\d+$/);
  expect(urls.zookeeper).toMatch(/^127\.0\.0\.1:\d+$/);
});
