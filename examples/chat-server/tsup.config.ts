import { defineConfig } from "tsup";
import { preset } from "../../tools/tsup-preset.ts";

// Threads load the tasks as a file of their own.
export default defineConfig({
  ...preset,
  entry: { main: "src/main.ts", "password.tasks": "src/auth/password.tasks.ts" },
});
