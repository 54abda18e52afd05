/// <reference types="vitest" />
import type { TestProject } from "vitest/node";
import { type Services, type ServiceUrls, startServices } from "./start-services.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The services that the test run shares. Each test file keeps to a database, key prefix and znode named after itself. */
    urls: ServiceUrls;
  }
}

/** One start for all projects of a run: vitest calls the set-up of each. */
interface Shared {
  users: number;
  services: Promise<Services>;
}

const KEY = Symbol.for("servertech.services.shared");
const holder = globalThis as { [KEY]?: Shared };

/** Starts the services, or joins those of another project, and gives tests their addresses by `inject("urls")`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (holder[KEY] ??= { users: 0, services: startServices() });
  shared.users += 1;
  project.provide("urls", (await shared.services).urls);
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    delete holder[KEY];
    await (await shared.services).stop();
  };
}
