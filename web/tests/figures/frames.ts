import { createServer, type ViteDevServer } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startBrowser } from "../browser/browser.ts";
import type { Times } from "./page/frames.ts";

// What the guest's worker adds to a frame, against WebCrypto's bare AES-256-GCM in the same page and the same run: the two
// take turns, so that a busy machine slows both down.

const rounds = 40;
const perRound = 50;
const frameSize = 6_250; // a picture of 1.5 Mbit/s at 30 a second

let server: ViteDevServer;
let browser: Awaited<ReturnType<typeof startBrowser>>;

beforeAll(async () => {
  server = await createServer({ configFile: false, root: new URL("../..", import.meta.url).pathname, logLevel: "error", server: { host: "127.0.0.1", port: 0 }, optimizeDeps: { noDiscovery: true } });
  await server.listen();
  browser = await startBrowser();
});

afterAll(async () => {
  await browser.stop();
  await server.close();
});

test("the worker's time a frame, against bare AES-GCM", async () => {
  const page = await browser.browser.newPage();
  await page.goto(`${server.resolvedUrls?.local[0]}package.json`); // any page of this origin
  const work = JSON.stringify({ rounds, perRound, frameSize });
  const times = await page.evaluate<Times>(`import("/tests/figures/page/frames.ts").then(({ measure }) => measure(${work}))`);
  const sealed = told("seal", times.seal, times.bareSeal);
  const opened = told("open", times.open, times.bareOpen);
  console.log("target: at most 1.3 times-bare");
  // A figure, not a promise; but one that is of no use if nothing was sealed.
  expect(sealed).toBeGreaterThan(0.5);
  expect(opened).toBeGreaterThan(0.5);
});

/** told prints a figure as Go's benchmarks do, and returns the median of the rounds' ratios. */
function told(what: string, ours: number[], bare: number[]): number {
  const ratio = median(ours.map((time, i) => time / (bare[i] ?? Number.NaN)));
  const us = (times: number[]): string => (1000 * median(times)).toFixed(1);
  console.log(`BenchmarkGuestFrame/${what}\t${us(ours)} us/frame\t${us(bare)} us/bare-frame\t${ratio.toFixed(3)} times-bare`);
  return ratio;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
