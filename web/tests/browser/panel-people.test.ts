import { describe, expect, test } from "vitest";
import { fixture, variant } from "../fixtures.ts";
import { besieged, inGerman, knock, meetingOf } from "../situations.ts";
import { newBench } from "./bench.ts";
import { panelSizes } from "./looks.ts";

const bench = newBench();
const { open, press, sent, show } = bench;

const birch = "1b6cf2e31d70508fac2d3e4f50617283";
const elm = meetingOf(fixture("meeting-host")).waiting[0]?.id ?? "";

/** menu opens what can be done with somebody. */
async function menu(person = birch): Promise<void> {
  await press("people");
  await bench.page.click(`[data-person="${person}"] [data-testid="person-menu"]`);
}

describe("people", () => {
  test.each(panelSizes)("says of everybody what is known, at $width x $height", async (size) => {
    await open(fixture("meeting-host"), size);
    await press("people");
    await bench.page.waitForSelector("gr-people .person");
    const rows = await bench.page.$$eval("[data-person] .person-text", (found) => found.map((row) => row.textContent?.replaceAll(/\s+/g, " ").trim()));
    expect(rows).toEqual([
      "Aspen this room leads host name verified",
      "Birch name verified says the code matches",
      "Cedar hand raised name verified",
      "Dogwood Applause name not verified",
    ]);
    await bench.looksRight("panel-people");
  });

  test.each(panelSizes)("trouble is told in words, at $width x $height", async (size) => {
    await open(fixture("meeting-trouble"), size);
    await press("people");
    expect(await bench.page.$$eval(".person-trouble", (found) => found.map((line) => line.textContent))).toEqual([
      "Nothing can be seen or heard yet: waiting for the key",
      "Frames do not open: wrong key",
      "Blocked: old frames were sent again",
    ]);
    expect(await bench.page.textContent(".person-differs")).toContain("says the code does not match");
    await bench.looksRight("panel-people-trouble");
  });

  test.each(panelSizes)("a host removes somebody after being asked, at $width x $height", async (size) => {
    await open(fixture("meeting-four"), size);
    await menu();
    await bench.looksRight("panel-person-menu");
    await press("remove");
    await bench.page.waitForSelector('[data-testid="remove-sure"]');
    await expect.poll(bench.focused).toBe("keep");
    await bench.looksRight("panel-person-remove");
    expect(bench.server.commands).toEqual([]);
    await press("remove-sure");
    expect(await sent(1)).toEqual([{ do: "remove", person: birch }]);
    await expect.poll(bench.focused).toBe("person-menu");
  });

  test("a host who thinks again keeps everybody", async () => {
    await open(fixture("meeting-four"));
    await menu();
    await press("remove");
    await press("keep");
    await bench.page.waitForSelector('[data-testid="remove"]');
    expect(bench.server.commands).toEqual([]);
  });

  test("a host hands over leading after being asked", async () => {
    await open(fixture("meeting-four"));
    await menu();
    await press("hand-over");
    expect(await bench.page.textContent(".sure")).toContain("The security code changes");
    await press("hand-over-sure");
    expect(await sent(1)).toEqual([{ do: "hand-over", person: birch }]);
  });

  test("a host asks somebody to mute, unless they have", async () => {
    await open(fixture("meeting-four"));
    await menu();
    await press("ask-mute");
    expect(await sent(1)).toEqual([{ do: "ask-mute", person: birch }]);
    await bench.page.click('[data-person="2c7d03f42e816190bd3e4f5061728394"] [data-testid="person-menu"]');
    await bench.page.waitForSelector('[data-testid="remove"]');
    expect(await bench.page.$('[data-testid="ask-mute"]')).toBeNull();
  });

  test("a host locks the meeting, and opens it again", async () => {
    await open(fixture("meeting-two"));
    await press("people");
    await press("lock");
    await bench.page.waitForSelector('[data-testid="lock"][data-on="true"]');
    expect(await sent(1)).toEqual([{ do: "lock", on: true }]);
    await show(variant("meeting-two", (state) => (meetingOf(state).locked = true)), 900);
    await press("lock");
    expect((await sent(2))[1]).toEqual({ do: "lock", on: false });
  });

  test("others may only look, and Escape closes and goes back", async () => {
    await open(variant("meeting-host", (state) => Object.assign(meetingOf(state), { host: false, waiting: [] })));
    await press("people");
    await bench.page.waitForSelector("gr-people .person");
    for (const id of ["person-menu", "lock", "end"]) expect(await bench.page.$(`[data-testid="${id}"]`)).toBeNull();
    await bench.page.focus('[data-testid="pane-close"]');
    await bench.page.keyboard.press("Escape");
    await bench.page.waitForSelector("gr-people", { state: "detached" });
    expect(await bench.focused()).toBe("people");
  });

  test("in a call there is nothing to lock, to hand over or to end for everybody", async () => {
    await open(variant("call-upgraded", (state) => (meetingOf(state).host = true)));
    await press("people");
    await bench.page.click('[data-testid="person-menu"]');
    for (const id of ["lock", "end", "hand-over"]) expect(await bench.page.$(`[data-testid="${id}"]`)).toBeNull();
  });
});

describe("somebody at the door", () => {
  test("comes to the front with a sound, and ignoring it leaves everything else in reach", async () => {
    await open(fixture("meeting-two"));
    await show(fixture("meeting-host"), 900);
    const card = bench.page.locator('[data-testid="knock"]');
    await card.waitFor();
    expect(await card.textContent()).toContain("2 wait to be let in");
    await expect.poll(bench.tones).toBe(2);
    await press("mute");
    await press("people");
    await press("matches");
    expect((await sent(2)).map((command) => (command as { do: string }).do)).toEqual(["mute", "compare"]);
    await show(fixture("meeting-host"), 901);
    expect(await bench.tones()).toBe(2);
  });

  test("is put off, is still among the people, and somebody new comes to the front again", async () => {
    await open(fixture("meeting-host"));
    await press("not-now");
    await bench.page.waitForSelector('[data-testid="knock"]', { state: "detached" });
    expect(await bench.page.textContent('[data-testid="waiting-count"]')).toContain("+2");
    await press("people");
    await bench.page.click(`[data-waiting="${elm}"] .small-good`);
    expect(await sent(1)).toEqual([{ do: "admit", person: elm }]);
    await show(knock(fixture("meeting-host"), { id: "new", name: "Hawthorn", organisation: false }), 900);
    expect(await bench.page.textContent('[data-testid="knock"]')).toContain("Hawthorn");
    await press("deny");
    expect((await sent(2))[1]).toEqual({ do: "deny", person: "new" });
  });

  test("alone is called by name", async () => {
    await open(variant("meeting-host", (state) => meetingOf(state).waiting.splice(0, 1)));
    expect(await bench.page.textContent('[data-testid="knock"]')).toContain("Guest of Example Office waits to be let in");
    expect(await bench.page.textContent('[data-testid="knock"]')).toContain("from outside");
  });
});

describe("a wish that the room mutes itself", () => {
  test("is carried out only when somebody touches it", async () => {
    await open(besieged());
    await bench.looksRight("panel-besieged");
    expect(bench.server.commands).toEqual([]);
    await press("mute-now");
    expect(await sent(1)).toEqual([{ do: "mute", on: true }]);
    await bench.page.waitForSelector('[data-testid="mute-asked"]', { state: "detached" });
  });

  test("may be left", async () => {
    await open(besieged());
    await press("mute-not-now");
    await bench.page.waitForSelector('[data-testid="mute-asked"]', { state: "detached" });
    expect(bench.server.commands).toEqual([]);
  });
});

test.each(panelSizes)("in German it fits as well, at $width x $height", async (size) => {
  await open(inGerman("meeting-host"), size);
  await menu();
  await press("hand-over");
  await bench.looksRight("panel-people-german");
});
