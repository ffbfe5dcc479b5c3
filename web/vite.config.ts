import { defineConfig } from "vitest/config";

// The daemon serves dist/screen.html as /screen, dist/panel.html as /panel and the rest from /assets/.
export default defineConfig({
  base: "/",
  build: {
    outDir: "dist",
    emptyOutDir: true,
    // The content security policy knows no data: fonts and no inline scripts, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    // What is bundled, and under which licences; the font's is in public/assets.
    license: { fileName: "assets/licenses.md" },
    rolldownOptions: { input: { screen: "screen.html", panel: "panel.html" } },
  },
  test: {
    include: ["tests/**/*.test.ts"],
    // The machine that tests may be slow; nothing here depends on speed.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A browser that a busy machine kept waiting gets another chance, and the report says so. (.ci/test, tests)
    retry: 1,
    // Each file has a browser of its own; more of them than processors would only wait for each other.
    maxWorkers: 2,
  },
});
