import { type FrontResources, frontSuite } from "./front-suite.ts";
import { type Numbered, numbered } from "./fake-resources.ts";

const fakes: FrontResources<Numbered> = {
  ...numbered(),
  validate: ({ open }) => open,
  use: async ({ open }) => {
    await Promise.resolve();
    if (!open) throw new Error("it is closed");
  },
  kill: (resource) => {
    resource.open = false;
    resource.lost();
  },
};

frontSuite("fakes", () => fakes);
