import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const shots = process.env.SHOTS;

/** startBrowser starts Chromium without a window, with an empty profile, and with nothing that calls home. */
export async function startBrowser(): Promise<{ browser: Browser; stop: () => Promise<void> }> {
  const home = mkdtempSync(join(tmpdir(), "greenroom-web-"));
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home } as Record<string, string>,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--autoplay-policy=no-user-gesture-required",
      // What the kiosk gets too: the daemon and the page meet on loopback, by plain addresses.
      "--allow-loopback-in-peer-connection",
      "--disable-features=WebRtcHideLocalIpsWithMdns",
    ],
  });
  const stop = async (): Promise<void> => {
    await browser.close();
    rmSync(home, { recursive: true, force: true });
  };
  return { browser, stop };
}

/** Watched is a page of which everything is noted that a page must not do. */
export interface Watched {
  page: Page;
  /** Errors of the page, refused by policy or thrown, and requests to other hosts. */
  faults: string[];
}

/** openPage opens an address and notes what goes wrong there. */
export async function openPage(context: BrowserContext, url: string): Promise<Watched> {
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) faults.push(`console: ${text}`);
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) faults.push(`foreign request: ${request.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  // The page asks the room's clock once it has its stream.
  const clockKnown = page.waitForResponse("**/v1/state");
  await page.goto(url);
  await clockKnown;
  // And it has drawn the first State.
  await page.waitForSelector("body[data-revision]");
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  return { page, faults };
}

/** settled waits until fonts are there and everything that moves in has moved in, inside the elements of others too. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frames = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const moving = (root: Document | ShadowRoot): Animation[] => [
      ...root.getAnimations(),
      ...[...root.querySelectorAll("*")].flatMap((element) => (element.shadowRoot ? moving(element.shadowRoot) : [])),
    ];
    await document.fonts.ready;
    await frames(); // what changed begins to move now
    await Promise.all(
      moving(document)
        .filter((animation) => animation.effect?.getComputedTiming().iterations !== Infinity)
        .map((animation) => animation.finished.catch(() => undefined)),
    );
    await frames();
  });
}

/** shoot waits until the page has settled, and writes a screenshot into the folder that SHOTS names, if it names one. */
export async function shoot(page: Page, name: string): Promise<void> {
  await settled(page);
  if (!shots) return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}
