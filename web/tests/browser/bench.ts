import axe from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { State } from "../../shared/state.ts";
import { openPage, shoot, startBrowser } from "./browser.ts";
import { accessibilityFaults, layoutFaults, smallTargets } from "./looks.ts";
import { FixtureServer } from "./server.ts";

/** Bench is a page and the room that it thinks it has, anew for each test. */
export class Bench {
  declare server: FixtureServer;
  declare page: Page;
  declare browser: Browser;

  /** open shows the panel, or another page, in a State. */
  readonly open = async (state: State, viewport = { width: 1280, height: 800 }, path = "panel", options: BrowserContextOptions = {}): Promise<void> => {
    this.server.show(state);
    const context = await this.browser.newContext({ viewport, hasTouch: true, ...options });
    await context.addInitScript(countTones);
    ({ page: this.page } = await openPage(context, `${this.server.url}/${path}`));
    await this.page.waitForSelector(`body[data-phase="${state.phase}"]`);
  };

  /** show sends the page the next State, of the same meeting if there is one, and waits until it is drawn. */
  readonly show = async (state: State, revision: number): Promise<void> => {
    this.server.show({ ...state, revision }, true);
    await this.page.waitForSelector(`body[data-revision="${revision}"]`);
  };

  readonly press = (id: string): Promise<void> => this.page.click(`[data-testid="${id}"]`);

  /** sent waits until the server has as many commands, and returns them. */
  readonly sent = async (count: number): Promise<unknown[]> => {
    await expect.poll(() => this.server.commands.length).toBe(count);
    return this.server.commands;
  };

  /** looksRight takes a picture, and checks what can be checked about it. */
  readonly looksRight = async (name: string): Promise<void> => {
    const { width, height } = this.page.viewportSize() ?? { width: 0, height: 0 };
    await shoot(this.page, `${name}-${width}x${height}`);
    await this.page.evaluate(axe.source);
    expect(await accessibilityFaults(this.page)).toEqual([]);
    expect(await layoutFaults(this.page, width < 1000)).toEqual([]);
    expect(await smallTargets(this.page)).toEqual([]);
  };

  /** focused is the test id of what has the focus. */
  readonly focused = (): Promise<string | null | undefined> => this.page.evaluate(() => document.activeElement?.getAttribute("data-testid"));

  /** tones is how many notes the page has played. */
  readonly tones = (): Promise<number> => this.page.evaluate(() => Number(document.documentElement.dataset.tones ?? 0));
}

/** newBench gives every test of a file its own room and page, in one browser. */
export function newBench(): Bench {
  const bench = new Bench();
  let stopBrowser: () => Promise<void>;
  beforeAll(async () => {
    ({ browser: bench.browser, stop: stopBrowser } = await startBrowser());
  });
  afterAll(() => stopBrowser());
  beforeEach(async () => {
    bench.server = await FixtureServer.start();
  });
  afterEach(async () => {
    await bench.page.context().close();
    await bench.server.stop();
  });
  return bench;
}

/** countTones runs in the page, before its own scripts. */
function countTones(): void {
  const { prototype } = BaseAudioContext;
  const create = prototype.createOscillator;
  let count = 0;
  prototype.createOscillator = function (this: BaseAudioContext): OscillatorNode {
    document.documentElement.dataset.tones = String(++count);
    return create.call(this);
  };
}
