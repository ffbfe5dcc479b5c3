import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { State } from "../../shared/state.ts";
import { crowded, fixture, variant } from "../fixtures.ts";
import { chatting, meetingOf, reacting } from "../situations.ts";
import { openPage, startBrowser } from "./browser.ts";
import { Player } from "./player.ts";
import { FixtureServer } from "./server.ts";

let browser: Browser;
let stopBrowser: () => Promise<void>;
let server: FixtureServer;
let player: Player;
let page: Page;

beforeAll(async () => {
  ({ browser, stop: stopBrowser } = await startBrowser());
  player = await Player.start(browser);
});

afterAll(() => stopBrowser());

beforeEach(async () => {
  server = await FixtureServer.start();
  server.playout = (offer) => player.answer(offer);
});

afterEach(async () => {
  await page.context().close();
  await server.stop();
});

async function open(state: State): Promise<void> {
  server.show(state);
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, reducedMotion: "reduce" });
  ({ page } = await openPage(context, `${server.url}/screen`));
}

/** hues waits until every tile has a picture, and returns the slots by their pictures' colours, in the page's order. */
async function slotsByColour(): Promise<number[]> {
  await page.waitForFunction(() => [...document.querySelectorAll("video")].every((video) => video.videoWidth > 2));
  return page.evaluate(() =>
    [...document.querySelectorAll("video")].map((video) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [1, 1];
      const context = canvas.getContext("2d");
      if (!context) return -1;
      // The left edge's middle is plain background.
      context.drawImage(video, 0, video.videoHeight / 2, 8, 8, 0, 0, 1, 1);
      const [r = 0, g = 0, b = 0] = context.getImageData(0, 0, 1, 1).data;
      const high = Math.max(r, g, b);
      const range = high - Math.min(r, g, b) || 1;
      const sector = high === r ? ((g - b) / range + 6) % 6 : high === g ? (b - r) / range + 2 : (r - g) / range + 4;
      return Math.round((sector * 60) / 40) % 9;
    }),
  );
}

test("a tile plays the picture of its slot, and all slots have sound", async () => {
  await open(variant("meeting-two", (state) => Object.assign(state, { meeting: crowded(9).meeting })));
  const declared = await page.$$eval("video", (videos) => videos.map((video) => Number(video.dataset.slot)));
  expect(declared).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(await slotsByColour()).toEqual(declared);
  await page.waitForFunction(async () => {
    const stats = [...((await window.greenroom.peer?.getStats())?.values() ?? [])] as { type: string; kind: string; totalAudioEnergy: number }[];
    return stats.filter((entry) => entry.type === "inbound-rtp" && entry.kind === "audio" && entry.totalAudioEnergy > 0).length === 9;
  });
  expect(await page.$$eval("audio", (players) => players.every((audio) => !audio.paused))).toBe(true);
});

test("the offer has nine lines for pictures, then nine for sound, all receive-only", async () => {
  let offered = "";
  server.playout = (offer) => {
    offered = offer;
    return player.answer(offer);
  };
  await open(fixture("meeting-two"));
  await slotsByColour();
  const lines = offered.split(/\r?\n/);
  expect(lines.filter((line) => line.startsWith("m=")).map((line) => line.slice(2, 7))).toEqual([
    ...Array.from({ length: 9 }, () => "video"),
    ...Array.from({ length: 9 }, () => "audio"),
  ]);
  expect(lines.filter((line) => line === "a=recvonly")).toHaveLength(18);
  expect(lines.some((line) => line.startsWith("a=candidate:"))).toBe(true);
});

test("tiles that move go on playing, with their own picture", async () => {
  await open(crowded(4));
  expect(await slotsByColour()).toEqual([0, 1, 2, 3]);
  server.show({ ...variantOf(crowded(4), (meeting) => meeting.tiles.reverse()), revision: 1000 });
  await page.waitForSelector('body[data-revision="1000"]');
  expect(await slotsByColour()).toEqual([3, 2, 1, 0]);
  await page.waitForFunction(() => [...document.querySelectorAll("video")].every((video) => !video.paused));
});

test("a picture goes on while the State changes", async () => {
  await open(crowded(2));
  expect(await slotsByColour()).toEqual([0, 1]);
  await page.evaluate(() => {
    for (const media of document.querySelectorAll("video, audio"))
      media.addEventListener("emptied", () => (document.body.dataset.emptied = "yes"));
  });
  for (let revision = 1001; revision <= 1010; revision++) {
    const next = variantOf(crowded(2), (meeting) => meeting.people.forEach((person) => (person.level = revision % 100)));
    server.show({ ...next, revision });
    await page.waitForSelector(`body[data-revision="${revision}"]`);
  }
  expect(await page.evaluate(() => document.body.dataset.emptied)).toBeUndefined();
});

function variantOf(state: State, change: (meeting: NonNullable<State["meeting"]>) => void): State {
  if (state.meeting) change(state.meeting);
  return state;
}

test("who speaks becomes large beside the others, and no picture is begun anew", async () => {
  const state = crowded(4);
  await open(state);
  const videos = await page.$$("gr-tile video");
  const large = (person: string): State => variantOf(structuredClone(state), (meeting) => meeting.tiles.forEach((tile) => (tile.large = tile.person === person)));
  const speaker = state.meeting?.tiles.filter((tile) => tile.slot >= 0)[2]?.person ?? "";
  server.show({ ...large(speaker), revision: state.revision + 1 });
  await page.waitForSelector(`body[data-revision="${state.revision + 1}"]`);
  const widths = await page.$$eval("gr-tile", (tiles) => tiles.map((tile) => tile.getBoundingClientRect().width));
  const others = widths.filter((_, i) => i !== 2);
  expect(widths[2]).toBeGreaterThan(2 * Math.max(...others));
  expect(videos.length).toBeGreaterThan(1);
  for (const video of videos) expect(await video.evaluate((element) => element.isConnected)).toBe(true);
});

test("a covered tile shows nothing of the picture", async () => {
  await open(fixture("meeting-four"));
  const covered = await page.$eval('gr-tile:has([data-testid="tile-reason"])', (tile) => {
    const box = tile.getBoundingClientRect();
    const top = document.elementFromPoint(box.left + 12, box.top + 12);
    const cover = tile.querySelector(".tile-cover");
    return top === cover && getComputedStyle(cover as Element).opacity === "1";
  });
  expect(covered).toBe(true);
});

test("the playout connection comes back by itself", async () => {
  await open(fixture("meeting-two"));
  await slotsByColour();
  const before = await page.evaluateHandle(() => window.greenroom.peer);
  await player.hangUp();
  await page.waitForFunction((last) => window.greenroom.peer !== last && window.greenroom.peer?.connectionState === "connected", before);
  expect(await slotsByColour()).toEqual([0]);
});

test("when the room is gone the page says so over what it showed, and comes back by itself", async () => {
  await open(fixture("meeting-two"));
  const code = await page.getAttribute('[data-testid="security-code"]', "data-code");
  server.stateStatus = 503;
  server.cut();
  await page.waitForSelector('[data-testid="link-lost"]');
  expect(await page.textContent('[data-testid="link-lost"]')).toContain("Connection to the room lost");
  expect(await page.getAttribute('[data-testid="security-code"]', "data-code")).toBe(code);
  server.stateStatus = 200;
  await page.waitForSelector('body[data-link="live"]');
  expect(await page.$('[data-testid="link-lost"]')).toBeNull();
});

test("a page of an earlier start of the daemon says that it must be opened again", async () => {
  await open(fixture("idle"));
  server.stateStatus = 401;
  server.cut();
  await page.waitForSelector('body[data-link="shut"]');
  expect(await page.textContent('[data-testid="link-lost"]')).toContain("opened again");
});

test("what checks read is there", async () => {
  await open(fixture("meeting-verified"));
  await page.waitForSelector('body[data-phase="meeting"]');
  expect(await page.getAttribute('[data-testid="security-code"]', "data-code")).toMatch(/^\d{40}$/);
  expect(await page.getAttribute("[data-qr]", "data-qr")).toBe(
    `https://hub.example.org/guest/#n=482913077&c=${await page.getAttribute('[data-testid="security-code"]', "data-code")}&l=0a5be1d2`,
  );
  expect(await page.getAttribute('[data-testid="shield"]', "data-shield")).toBe("verified");
  expect(await page.textContent('[data-testid="shield"]')).toContain("2 joined since");
  expect(await page.getAttribute('[data-testid="participants"]', "data-count")).toBe("4");
});

test("nothing moves for people who want no motion", async () => {
  await open(fixture("joining-host"));
  await page.waitForSelector("gr-joining");
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
});

describe("what people write and show", () => {
  test("the newest lines of chat stand at the side for a while", async () => {
    const state = chatting(6);
    for (const line of meetingOf(state).chat.slice(2)) line.time = later(state);
    await open(state);
    await page.waitForSelector('[data-testid="chat-line"]');
    expect(await page.$$eval('[data-testid="chat-line"] .aside-text', (lines) => lines.map((line) => line.textContent))).toEqual(["Line 4", "Line 5", "Line 6"]);
    const faces = await page.$eval(".aside", (aside) => aside.getBoundingClientRect().width / window.innerWidth);
    expect(faces).toBeLessThan(0.3);
    server.show({ ...variantOf(state, (meeting) => meeting.chat.forEach((line) => (line.time = later(state, -1)))), revision: 900 }, true);
    await page.waitForSelector('body[data-revision="900"]');
    expect(await page.$('[data-testid="chat-line"]')).toBeNull();
  });

  test("hands are on the tiles, and reactions where the person is", async () => {
    await open(fixture("meeting-host"));
    expect(await page.getAttribute('gr-tile:has([data-testid="tile-hand"]) video', "data-person")).toBe(personIn("Cedar"));
    expect(await page.getAttribute('gr-tile:has([data-testid="tile-reaction"]) video', "data-person")).toBe(personIn("Dogwood"));
    server.show({ ...reacting(), revision: 900 });
    await page.waitForSelector('body[data-revision="900"]');
    expect(await page.$$eval('[data-testid="reaction"] .name', (names) => names.map((name) => name.textContent))).toEqual(["Aspen", "Dogwood"]);
    // This page wants no motion: nothing floats.
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  });

  test("reactions float for people who may see things move", async () => {
    server.show(fixture("meeting-two"));
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
    ({ page } = await openPage(context, `${server.url}/screen`));
    await page.evaluate(() => {
      document.addEventListener("animationstart", (event) => (document.body.dataset.floated = (event.target as Element).className));
    });
    server.show(reacting());
    await page.waitForSelector('body[data-floated]');
  });
});

describe("what the room must be told", () => {
  test("a person whose sound does not open is marked, though the picture is fine", async () => {
    await open(fixture("meeting-trouble"));
    const tile = page.locator(`gr-tile:has(video[data-person="${personIn("Dogwood")}"])`);
    expect(await tile.locator('[data-testid="tile-trouble"]').textContent()).toContain("Blocked: old frames were sent again");
    expect(await tile.locator('[data-testid="tile-reason"]').count()).toBe(0);
    expect(await page.$$eval('[data-testid="tile-reason"] p', (reasons) => reasons.map((reason) => reason.textContent?.trim()))).toEqual([
      "Waiting for the key",
      "Does not open: wrong key",
    ]);
  });

  test("the gravest changes are announced", async () => {
    await open(variant("meeting-trouble", (state) => meetingOf(state).notices.forEach((notice) => (notice.since = later(state)))));
    await page.locator('[data-testid="notice"]').nth(2).waitFor(); // the page has to learn the room's clock first
    expect(await page.$$eval('[data-testid="notice"]', (notices) => notices.map((notice) => notice.getAttribute("data-kind")))).toEqual([
      "leader-changed",
      "compare-differs",
      "divided",
    ]);
  });

  test("a locked meeting has its mark, which is no padlock", async () => {
    await open(fixture("meeting-host"));
    expect(await page.textContent('[data-testid="locked"]')).toContain("Meeting locked");
    expect(await page.getAttribute('[data-testid="locked"] svg', "data-icon")).toBe("barred");
    server.show({ ...fixture("meeting-two"), revision: 900 });
    await page.waitForSelector('body[data-revision="900"]');
    expect(await page.$('[data-testid="locked"]')).toBeNull();
  });

  test("enhanced encryption has a tick, says who has the key, and has no code", async () => {
    await open(fixture("meeting-enhanced"));
    const shield = page.locator('[data-testid="shield"]');
    expect(await shield.getAttribute("data-shield")).toBe("encrypted");
    expect(await shield.textContent()).toContain("The organisation’s server has the key.");
    expect(await shield.textContent()).not.toContain("End-to-end");
    expect(await page.$('[data-testid="security-code"]')).toBeNull();
  });
});

describe("calls", () => {
  test("who calls is on the wall, until the call is over", async () => {
    await open(fixture("ringing"));
    await page.waitForSelector('[data-testid="ringing"]');
    expect(await page.textContent("h1")).toBe("Birch is calling");
    expect(await page.textContent('[data-testid="ringing"]')).toContain("a key of the organisation’s server");
    server.show({ ...fixture("idle"), revision: 900 });
    await page.waitForSelector("gr-idle");
  });

  test("whom the room calls is on the wall, with nothing that moves for people who want no motion", async () => {
    await open(fixture("calling"));
    await page.waitForSelector(".ringing-bell");
    expect(await page.textContent("h1")).toBe("Calling Birch");
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  });
});

/** later is some hours ahead: what happened then is still fresh, however slow the machine is. */
function later(state: State, hours = 1): string {
  return new Date(Date.parse(state.time) + hours * 3_600_000).toISOString();
}

/** personIn is the id of somebody in the fixtures. */
function personIn(name: string): string | undefined {
  return meetingOf(fixture("meeting-host")).people.find((person) => person.name === name)?.id;
}
