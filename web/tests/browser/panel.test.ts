import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { State } from "../../shared/state.ts";
import { fixture, variant } from "../fixtures.ts";
import { openPage, shoot, startBrowser } from "./browser.ts";
import { accessibilityFaults, layoutFaults, panelSizes } from "./looks.ts";
import { FixtureServer } from "./server.ts";

let browser: Browser;
let stopBrowser: () => Promise<void>;
let server: FixtureServer;
let page: Page;

beforeAll(async () => {
  ({ browser, stop: stopBrowser } = await startBrowser());
});

afterAll(() => stopBrowser());

beforeEach(async () => {
  server = await FixtureServer.start();
});

afterEach(async () => {
  await page.context().close();
  await server.stop();
});

async function open(state: State, viewport = { width: 1280, height: 800 }): Promise<void> {
  server.show(state);
  const context = await browser.newContext({ viewport, hasTouch: true });
  ({ page } = await openPage(context, `${server.url}/panel`));
  await page.waitForSelector(`body[data-phase="${state.phase}"]`);
}

const press = (id: string): Promise<void> => page.click(`[data-testid="${id}"]`);

/** sent waits until the server has as many commands, and returns them. */
async function sent(count: number): Promise<unknown[]> {
  await expect.poll(() => server.commands.length).toBe(count);
  return server.commands;
}

describe("commands", () => {
  test.each([
    ["idle", "meet-now", { do: "meet-now" }],
    ["joining-host", "cancel", { do: "leave" }],
    ["meeting-two", "leave", { do: "leave" }],
    ["meeting-two", "mute", { do: "mute", on: true }],
    ["meeting-two", "camera", { do: "camera", on: false }],
    ["meeting-two", "matches", { do: "compare", matches: true }],
    ["meeting-two", "differs", { do: "compare", matches: false }],
  ])("%s: %s", async (name, id, command) => {
    await open(fixture(name));
    await press(id);
    expect(await sent(1)).toEqual([command]);
  });

  test("join with the pad on the screen", async () => {
    await open(fixture("idle"));
    for (const digit of "4829130779") await page.tap(`[aria-label="Digit ${digit}"]`);
    await page.tap('[aria-label="Erase last digit"]');
    await page.tap(".key-word");
    for (const digit of "0042") await page.tap(`[aria-label="Digit ${digit}"]`);
    await press("join");
    expect(await sent(1)).toEqual([{ do: "join", number: "482913077", passcode: "0042" }]);
  });

  test("join with the keyboard alone, spaces and all", async () => {
    await open(fixture("idle"));
    await page.focus('[data-testid="number"]');
    await page.keyboard.type("482 913 077");
    await page.keyboard.press("Tab");
    await page.keyboard.type("271828");
    await page.keyboard.press("Enter");
    expect(await sent(1)).toEqual([{ do: "join", number: "482913077", passcode: "271828" }]);
  });

  test("join without a number asks for it and sends nothing", async () => {
    await open(fixture("idle"));
    await press("join");
    await page.waitForSelector("#join-missing:not(:empty)");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("data-testid"))).toBe("number");
    expect(await page.getAttribute('[data-testid="number"]', "aria-invalid")).toBe("true");
    expect(server.commands).toEqual([]);
  });
});

describe("answers", () => {
  test("a switch turns at once, though the room has not answered yet", async () => {
    await open(fixture("meeting-two"));
    let answer = (): void => {};
    server.gate = new Promise((resolve) => (answer = resolve));
    await press("mute");
    await page.waitForSelector('[data-testid="mute"][data-on="false"]');
    expect(await page.textContent('[data-testid="mute"]')).toContain("Unmute");
    await sent(1);
    server.show(variant("meeting-two", (state) => Object.assign(state, { revision: 900 }).devices.microphone.on = false));
    answer();
    await page.waitForSelector('body[data-revision="900"]');
    expect(await page.getAttribute('[data-testid="mute"]', "data-on")).toBe("false");
    await press("mute");
    expect((await sent(2))[1]).toEqual({ do: "mute", on: false });
  });

  test("a button is busy until the room has answered", async () => {
    await open(fixture("idle"));
    let answer = (): void => {};
    server.gate = new Promise((resolve) => (answer = resolve));
    await press("meet-now");
    await page.waitForSelector('wa-button[data-testid="meet-now"][loading]');
    answer();
    await page.waitForSelector('wa-button[data-testid="meet-now"]:not([loading])');
  });

  test("a refusal is told in the room's words until it is dismissed", async () => {
    await open(fixture("idle"));
    server.answer = { status: 409, body: { command: "meet-now", code: "hub-down", text: "The server does not answer." } };
    await press("meet-now");
    const alert = page.locator('[data-testid="refusal"]');
    await alert.waitFor();
    expect(await alert.textContent()).toContain("The server does not answer.");
    expect(await alert.getAttribute("data-code")).toBe("hub-down");
    await press("dismiss");
    await alert.waitFor({ state: "detached" });
  });

  test("a refusal in the State is dismissed by a command", async () => {
    const refusal = { command: "join", code: "passcode-wrong", text: "The passcode is wrong." };
    await open(variant("idle", (state) => (state.refusal = refusal)));
    expect(await page.textContent('[data-testid="refusal"]')).toContain("The passcode is wrong.");
    await press("dismiss");
    expect(await sent(1)).toEqual([{ do: "dismiss" }]);
  });

  test("a room that does not answer is told of", async () => {
    await open(fixture("idle"));
    await page.route("**/v1/commands", (route) => route.abort());
    await press("meet-now");
    await page.waitForSelector('[data-testid="refusal"][data-code="unanswered"]');
  });
});

describe("people", () => {
  test.each(panelSizes)("a host removes somebody after being asked, at $width x $height", async (size) => {
    await open(fixture("meeting-four"), size);
    await press("people");
    await page.waitForSelector(".people[open] .person");
    expect(await page.$$eval(".person .name", (names) => names.map((name) => name.textContent))).toEqual([
      "Aspen",
      "Birch",
      "Cedar",
      "Dogwood",
    ]);
    await page.click('[aria-label="Remove Birch"]');
    await page.waitForSelector('[data-testid="remove-sure"]');
    await shoot(page, `panel-people-${size.width}x${size.height}`);
    await page.evaluate(axe.source);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await layoutFaults(page, size.width < 1000)).toEqual([]);
    expect(server.commands).toEqual([]);
    await press("remove-sure");
    expect(await sent(1)).toEqual([{ do: "remove", person: "1b6cf2e31d70508fac2d3e4f50617283" }]);
  });

  test("others may only look, and Escape closes", async () => {
    await open(variant("meeting-four", (state) => state.meeting && (state.meeting.host = false)));
    await press("people");
    await page.waitForSelector(".people[open] .person");
    expect(await page.$$(".person-remove")).toEqual([]);
    await page.keyboard.press("Escape");
    await page.waitForSelector(".people:not([open])", { state: "attached" });
  });
});

describe("the keyboard", () => {
  /** walk presses Tab until the focus is back where it began, and returns what was reached and whether it showed. */
  async function walk(): Promise<{ reached: string[]; unseen: string[] }> {
    const reached: string[] = [];
    const unseen: string[] = [];
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => {
        const host = document.activeElement;
        if (!host || host === document.body) return null;
        const inner = host.shadowRoot?.activeElement ?? host;
        const name = host.getAttribute("data-testid") ?? host.getAttribute("aria-label") ?? host.textContent?.trim() ?? "";
        return { name, seen: getComputedStyle(inner).outlineStyle !== "none" };
      });
      if (!at || reached.includes(at.name)) break;
      reached.push(at.name);
      if (!at.seen) unseen.push(at.name);
    }
    return { reached, unseen };
  }

  test("reaches everything between meetings, and one sees where one is", async () => {
    await open(fixture("idle"));
    const { reached, unseen } = await walk();
    const digits = ["1", "2", "3", "4", "5", "6", "7", "8", "9"].map((digit) => `Digit ${digit}`);
    expect(reached).toEqual(["meet-now", "number", "passcode", ...digits, "Next", "Digit 0", "Erase last digit", "join"]);
    expect(unseen).toEqual([]);
  });

  test("reaches everything in a meeting, and one sees where one is", async () => {
    await open(fixture("meeting-two"));
    const { reached, unseen } = await walk();
    expect(reached).toEqual(["matches", "differs", "mute", "camera", "people", "leave"]);
    expect(unseen).toEqual([]);
  });

  test("presses what has the focus", async () => {
    await open(fixture("meeting-two"));
    for (const key of ["Tab", "Enter", "Tab", "Tab", "Space"]) await page.keyboard.press(key);
    expect(await sent(2)).toEqual([
      { do: "compare", matches: true },
      { do: "mute", on: true },
    ]);
  });
});

test("when the room is gone the panel says so and takes no presses", async () => {
  await open(fixture("idle"));
  server.stateStatus = 503;
  server.cut();
  await page.waitForSelector('[data-testid="link-lost"]');
  expect(await page.$eval("main", (main) => (main as HTMLElement).inert)).toBe(true);
  server.stateStatus = 200;
  await page.waitForSelector('body[data-link="live"]');
  expect(await page.$eval("main", (main) => (main as HTMLElement).inert)).toBe(false);
});
