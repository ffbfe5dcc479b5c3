import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { State } from "../../shared/state.ts";
import { crowded, fixture, fixtureNames, variant } from "../fixtures.ts";
import { besieged, chatting, inGerman, reacting, withCallees } from "../situations.ts";
import { openPage, shoot, startBrowser } from "./browser.ts";
import { accessibilityFaults, layoutFaults, panelSizes, screenSizes, smallTargets, smallText } from "./looks.ts";
import { Player } from "./player.ts";
import { FixtureServer } from "./server.ts";

let browser: Browser;
let stopBrowser: () => Promise<void>;
let server: FixtureServer;
let player: Player;

beforeAll(async () => {
  server = await FixtureServer.start();
  ({ browser, stop: stopBrowser } = await startBrowser());
  player = await Player.start(browser);
  server.playout = (offer) => player.answer(offer);
});

afterAll(async () => {
  await stopBrowser();
  await server.stop();
});

/** Every State that the pages are looked at in: the room's own fixtures, and what is harder to draw. */
const states: [string, State][] = [
  ...fixtureNames().map((name): [string, State] => [name, fixture(name)]),
  ["meeting-ten", crowded(9)],
  ["meeting-many", crowded(12)],
  ["meeting-alone", crowded(0)],
  ["meeting-checking", variant("meeting-two", checking)],
  ["meeting-reasons", variant("meeting-four", refused)],
  ["meeting-quiet", variant("meeting-two", (state) => state.meeting && (state.meeting.link.quiet = true))],
  ["meeting-german", inGerman("meeting-verified")],
  ["meeting-host-german", inGerman("meeting-host")],
  ["meeting-enhanced-german", inGerman("meeting-enhanced")],
  ["meeting-besieged", besieged()],
  ["meeting-reactions", reacting()],
  ["meeting-chat", chatting(8)],
  ["meeting-claims", variant("meeting-enhanced", claims)],
  ["idle-callees", withCallees(12)],
  ["ringing-german", inGerman("ringing")],
  ["meeting-hostile", variant("meeting-four", hostile)],
  ["idle-booked-german", inGerman("idle-booked")],
  ["fault-keystore-german", inGerman("fault-keystore")],
  ["idle-camera-unplugged-german", inGerman("idle-camera-unplugged")],
  ["idle-troubled-german", troubled("idle-equipped")],
  ["idle-refused-german", variant("idle", (state) => (refusal(state), (state.room.language = "de")))],
  ["idle-refused", variant("idle", refusal)],
  ["idle-12h", variant("idle", (state) => (state.room.clock24h = false))],
  ["joining-keys", variant("joining-host", (state) => state.joining && (state.joining.step = "keys"))],
];

/** troubled is a room in German where nothing works. */
function troubled(name: string): State {
  const state = inGerman(name);
  const since = state.time;
  const away = { code: "hub-not-running", about: "hub.example.org:8443" };
  state.faults = [
    { code: "GR-120", text: "", do: "", since, cause: { code: "clock-behind" } },
    { code: "GR-202", text: "", do: "", since, cause: away },
    { code: "GR-301", text: "", do: "", since, cause: { code: "device-failed", about: "Logi Rally Camera" } },
    { code: "GR-312", text: "", do: "", since, cause: { code: "not-there", about: "USB microphone" } },
    { code: "GR-322", text: "", do: "", since, cause: { code: "port-gone", about: "/dev/serial/by-id/usb-FTDI-if00" } },
  ];
  return state;
}

function checking(state: State): void {
  if (!state.meeting) return;
  Object.assign(state.meeting.encryption, { shield: "checking", code: [], leader: "" });
}

/** claims has the shield and the code of end-to-end encryption over keys of the server: none of it may be shown. */
function claims(state: State): void {
  if (!state.meeting) return;
  Object.assign(state.meeting.encryption, { shield: "verified", code: Array.from({ length: 8 }, () => "12345") });
}

function refused(state: State): void {
  if (!state.meeting) return;
  const reasons = ["wrong-key", "not-encrypted", "waiting-for-key"] as const;
  state.meeting.tiles
    .filter((tile) => tile.slot >= 0 && tile.stream === "camera")
    .forEach((tile, i) => Object.assign(tile, { show: "placeholder", reason: reasons[i % reasons.length] }));
  state.meeting.tiles = state.meeting.tiles.filter((tile) => tile.stream === "camera");
}

function hostile(state: State): void {
  if (!state.meeting) return;
  const name = `<img src=x onerror=alert(1)>\u202Egpj.exe\u200B ${"long name ".repeat(1000)}`;
  state.meeting.title = name;
  for (const person of state.meeting.people) if (!person.self) person.name = name;
  for (const notice of state.meeting.notices) notice.name = name;
  state.meeting.waiting = [{ id: "w", name, organisation: false }];
  state.meeting.chat = [{ id: 1, person: "p", name, self: false, text: `${name}\n${"x".repeat(400)}`, time: state.time }];
  for (const person of state.meeting.people) Object.assign(person, { hand: true, reaction: "🎉", compared: "mismatch", trouble: "wrong-key" });
}

function refusal(state: State): void {
  state.refusal = {
    command: "join",
    code: "passcode-wrong",
    text: "The passcode does not fit meeting 482 913 077. Ask the host for it, and type it again.",
  };
}

// One page for each size shows one State after the other, as a real one does.
describe.each([
  ...screenSizes.map((size) => ({ path: "screen" as const, ...size })),
  ...panelSizes.map((size) => ({ path: "panel" as const, ...size })),
])("$path at $width x $height", ({ path, width, height }) => {
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    server.show(fixture("starting"));
    const context = await browser.newContext({ viewport: { width, height } });
    ({ page, faults } = await openPage(context, `${server.url}/${path}`));
    await page.evaluate(axe.source);
  });

  afterAll(() => page.context().close());

  // At the largest size the page is the middle one's, drawn twice as large: the room's own fixtures are enough.
  const looked = width < 3840 ? states : states.slice(0, fixtureNames().length);

  test.each(looked.map(([name, state], i): [string, State] => [name, { ...state, revision: i + 1 }]))("%s", async (name, state) => {
    faults.length = 0;
    server.show(state);
    await page.waitForSelector(`body[data-revision="${state.revision}"][data-phase="${state.phase}"]`);
    if (path === "screen") await picturesCome(page);
    await shoot(page, `${path}-${name}-${width}x${height}`);
    const mayScrollDown = path === "panel" && width < 1000;
    expect(await layoutFaults(page, mayScrollDown)).toEqual([]);
    if (path === "panel") expect(await smallTargets(page)).toEqual([]);
    if (path === "screen") expect(await smallText(page)).toEqual([]);
    // The screen is the same page at all sizes, only larger.
    if (path === "panel" || width === 1920) expect(await accessibilityFaults(page)).toEqual([]);
    expect(faults).toEqual([]);
    if (state.meeting && state.meeting.encryption.kind !== "e2ee") expect(await claimsOfE2EE(page)).toEqual([]);
  });
});

/** claimsOfE2EE is what on the page says that a meeting is end-to-end encrypted. */
async function claimsOfE2EE(page: Page): Promise<string[]> {
  return page.$$eval(
    '[data-testid="security-code"], [data-qr], .shield-e2ee, .shield-verified, [data-shield="e2ee"], [data-shield="verified"]',
    (found) => found.map((element) => element.outerHTML.slice(0, 80)),
  );
}

/** picturesCome waits until every video in the page has its picture. */
async function picturesCome(page: Page): Promise<void> {
  await page.waitForFunction(() => [...document.querySelectorAll("video")].every((video) => video.videoWidth > 2));
}
