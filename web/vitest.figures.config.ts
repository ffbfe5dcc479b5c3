import { defineConfig } from "vitest/config";

// `npm run figures`: measurements, which say nothing on a busy machine, so that tests do not run them.
export default defineConfig({ test: { include: ["tests/figures/*.ts"], testTimeout: 120_000, hookTimeout: 60_000 } });
