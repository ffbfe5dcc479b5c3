import { describe, expect, test } from "vitest";
import { codeDigits, codeRows, formatNumber, spokenCode } from "../../shared/model/code.ts";
import { healthLines } from "../../shared/model/health.ts";
import { shieldView, shownCode } from "../../shared/model/shield.ts";
import { freshNotices, noticeText } from "../../shared/model/notices.ts";
import { initials } from "../../shared/model/people.ts";
import { gridFor, placesFor, stageOf } from "../../shared/model/stage.ts";
import { clockDate, clockTime, elapsed } from "../../shared/model/time.ts";
import type { Encryption, Info, Notice, NoticeKind, ShieldKind, TileReason } from "../../shared/state.ts";
import { en } from "../../shared/strings/en.ts";
import { crowded, fixture, variant } from "../fixtures.ts";
import { meetingOf } from "../situations.ts";

const groups = ["48213", "90577", "11864", "73029", "55190", "26488", "80317", "64952"];

describe("the code", () => {
  test("is 40 digits for machines and rows of groups for people", () => {
    expect(codeDigits(groups)).toBe("4821390577118647302955190264888031764952");
    expect(codeRows(groups, 4)).toEqual([groups.slice(0, 4), groups.slice(4)]);
    expect(codeRows([], 4)).toEqual([]);
    expect(spokenCode(["12", "34"])).toBe("1 2, 3 4");
  });

  test.each([
    ["482913077", "482 913 077"],
    ["1234567890", "123 456 7890"],
    ["12345678", "123 456 78"],
    ["1234", "1234"],
    ["482 913 077", "482 913 077"],
    ["", ""],
    ["board", "board"],
  ])("meeting number %s is written %s", (number, written) => {
    expect(formatNumber(number)).toBe(written);
  });
});

describe("time", () => {
  const room: Info = { name: "", version: "", hubName: "", timeZone: "Europe/Berlin", clock24h: true, language: "en" };
  const morning = Date.parse("2026-03-03T08:05:00Z");

  test("is the room's, in its own form", () => {
    expect(clockTime(morning, room)).toBe("09:05");
    expect(clockTime(morning, { ...room, clock24h: false })).toMatch(/^9:05\sAM$/);
    expect(clockTime(Date.parse("2026-03-02T23:10:00Z"), room)).toBe("00:10");
    expect(clockDate(morning, { ...room, language: "de" })).toBe("Dienstag, 3. März");
  });

  test("goes on in an unknown zone", () => {
    expect(clockTime(morning, { ...room, timeZone: "Mars/Olympus" })).toMatch(/^\d\d:\d\d$/);
  });

  test.each([
    [0, "0 s"],
    [12_900, "12 s"],
    [-4_000, "0 s"],
    [185_000, "3 min 05 s"],
    [7_800_000, "2 h 10 min"],
  ])("%i ms ago is %s", (ago, words) => {
    expect(elapsed("2026-03-03T08:05:00Z", morning + ago)).toBe(words);
  });
});

describe("the shield", () => {
  const encryption: Encryption = { kind: "e2ee", shield: "e2ee", code: groups, leader: "Aspen", compared: "none", joinedSince: 0, epoch: 1 };

  test.each<[ShieldKind, string]>([
    ["checking", "Checking encryption"],
    ["encrypted", "Encrypted"],
    ["e2ee", "End-to-end encrypted"],
    ["verified", "End-to-end encrypted, verified"],
    ["not-secure", "Not secure: leave, or compare again"],
  ])("%s says %s", (shield, word) => {
    expect(shieldView({ ...encryption, shield }, en)).toMatchObject({ kind: shield, word, since: "" });
  });

  test.each<ShieldKind>(["e2ee", "verified"])("%s is not shown over keys that the server or nobody knows who has", (shield) => {
    for (const kind of ["enhanced", "unknown"] as const) {
      expect(shieldView({ ...encryption, kind, shield }, en).kind).toBe("checking");
      expect(shownCode({ ...encryption, kind })).toEqual([]);
    }
    expect(shownCode(encryption)).toBe(groups);
  });

  test("in a call speaks of two", () => {
    expect(shieldView(encryption, en, true).hint).toBe("Do both of you read the same code?");
    expect(shieldView({ ...encryption, shield: "verified" }, en, true).hint).toBe("Both of you read the same code.");
  });

  test("names newcomers only once the code was compared", () => {
    expect(shieldView({ ...encryption, shield: "verified", joinedSince: 2 }, en).since).toBe("2 joined since");
    expect(shieldView({ ...encryption, joinedSince: 2 }, en).since).toBe("");
  });

  test("calls what it does not know unknown, never encrypted", () => {
    expect(shieldView(undefined, en).kind).toBe("checking");
    expect(shieldView({ ...encryption, shield: "quantum" as ShieldKind }, en).kind).toBe("checking");
  });
});

describe("the stage", () => {
  test("keeps the room's order and leaves the room itself out", () => {
    const stage = stageOf(meetingOf(fixture("meeting-four")), en);
    expect(stage.tiles.map((tile) => tile.slot)).toEqual([0, 1, 2, 3]);
    expect(stage.tiles.map((tile) => tile.name)).toEqual(["Birch", "Cedar", "Dogwood", "Cedar’s screen"]);
    expect(stage.self?.name).toBe("Aspen");
  });

  test("counts those without a slot", () => {
    expect(stageOf(meetingOf(crowded(12)), en)).toMatchObject({ hidden: 3, tiles: { length: 9 } });
  });

  const reasons: TileReason[] = [
    "connecting",
    "camera-off",
    "no-camera",
    "no-frames",
    "waiting-for-key",
    "wrong-key",
    "replay",
    "not-encrypted",
  ];

  test.each(reasons)("a placeholder says %s in words", (reason) => {
    const state = variant("meeting-two", ({ meeting }) => {
      for (const tile of meeting?.tiles ?? []) Object.assign(tile, { show: "placeholder", reason });
    });
    const [tile] = stageOf(meetingOf(state), en).tiles;
    expect(tile?.reason).toBe(en.reasons[reason]);
    expect(tile?.blocked).toBe(["wrong-key", "replay", "not-encrypted"].includes(reason));
  });

  test("a hand, a reaction and trouble with the sound are on the person's tile", () => {
    const state = variant("meeting-two", ({ meeting }) => {
      for (const person of meeting?.people ?? []) Object.assign(person, { hand: true, reaction: "👍", trouble: "replay" });
    });
    const stage = stageOf(meetingOf(state), en);
    expect(stage.tiles[0]).toMatchObject({ hand: true, reaction: "👍", trouble: en.trouble.replay, reason: "" });
    expect(stage.reacting.map((person) => person.name)).toEqual(["Aspen"]);
  });

  test("trouble that the cover tells already is told once", () => {
    const [, cedar, dogwood] = stageOf(meetingOf(fixture("meeting-trouble")), en).tiles;
    expect(cedar).toMatchObject({ reason: en.reasons["wrong-key"], trouble: "" });
    expect(dogwood).toMatchObject({ reason: "", trouble: en.trouble.replay });
  });

  test("a reason that this page does not know still hides the picture", () => {
    const state = variant("meeting-two", ({ meeting }) => {
      for (const tile of meeting?.tiles ?? []) Object.assign(tile, { show: "placeholder", reason: "sunspots" });
    });
    expect(stageOf(meetingOf(state), en).tiles[0]?.reason).not.toBe("");
  });

  test("while the link is down the last picture stays, but not one that was refused", () => {
    expect(stageOf(meetingOf(fixture("meeting-reconnecting")), en).tiles[0]?.reason).toBe("");
    const refused = variant("meeting-reconnecting", ({ meeting }) => {
      for (const tile of meeting?.tiles ?? []) Object.assign(tile, { show: "placeholder", reason: "wrong-key" });
    });
    expect(stageOf(meetingOf(refused), en).tiles[0]?.reason).toBe(en.reasons["wrong-key"]);
  });

  test.each([
    [1, 1],
    [2, 2],
    [4, 2],
    [5, 3],
    [9, 3],
  ])("%i tiles stand in %i columns and fit", (count, columns) => {
    const grid = gridFor(count, 1880, 820, 16);
    expect(grid.columns).toBe(columns);
    expect(grid.columns * grid.rows).toBeGreaterThanOrEqual(count);
    expect(grid.width * columns + 16 * (columns - 1)).toBeLessThanOrEqual(1880);
    expect(grid.height * grid.rows + 16 * (grid.rows - 1)).toBeLessThanOrEqual(820);
  });

  test.each([1, 2, 3, 5, 9])("%i tiles have their own places on the stage, with and without a large one", (count) => {
    for (const large of [-1, 0, count - 1]) {
      const tiles = Array.from({ length: count }, (_, i) => ({ large: i === large }));
      const places = placesFor(tiles, 1880, 820, 16);
      expect(places).toHaveLength(count);
      places.forEach((place, i) => {
        expect(place.left).toBeGreaterThanOrEqual(0);
        expect(place.top).toBeGreaterThanOrEqual(0);
        expect(place.left + place.width).toBeLessThanOrEqual(1881);
        expect(place.top + place.height).toBeLessThanOrEqual(821);
        for (const other of places.slice(i + 1)) {
          const apart =
            place.left + place.width <= other.left || other.left + other.width <= place.left || place.top + place.height <= other.top || other.top + other.height <= place.top;
          expect(apart).toBe(true);
        }
      });
      if (large < 0 || count === 1) continue;
      const width = places[large]?.width ?? 0;
      expect(places.every((place, i) => i === large || place.width < width / 2)).toBe(true);
    }
  });

  test("initials come from the first and the last word", () => {
    expect(initials("Ada King Lovelace")).toBe("AL");
    expect(initials("aspen")).toBe("A");
    expect(initials("  ")).toBe("");
    expect(initials("😀 face")).toBe("😀F");
  });
});

describe("notices", () => {
  const notice: Notice = { id: 1, kind: "joined", name: "Birch", since: "2026-03-03T08:05:00Z" };
  const at = Date.parse(notice.since);

  test("are announced for 10 seconds, three at most", () => {
    expect(freshNotices([notice], at + 9_999)).toEqual([notice]);
    expect(freshNotices([notice], at + 10_000)).toEqual([]);
    expect(freshNotices([1, 2, 3, 4].map((id) => ({ ...notice, id })), at).map(({ id }) => id)).toEqual([2, 3, 4]);
  });

  test("that ask for something to be done are not pushed out by people who come and go", () => {
    const notices = (["divided", "leader-changed", "joined", "joined", "left"] as const).map((kind, id) => ({ ...notice, kind, id }));
    expect(freshNotices(notices, at).map(({ id }) => id)).toEqual([0, 1, 4]);
  });

  test.each(Object.keys(en.notices) as NoticeKind[])("%s is told in words, with and without a name", (kind) => {
    expect(noticeText({ ...notice, kind }, en)).not.toBe("");
    expect(noticeText({ id: 1, kind, since: notice.since }, en)).not.toContain("undefined");
  });

  test("say what changed", () => {
    expect(noticeText(notice, en)).toBe("Birch joined");
    expect(noticeText({ ...notice, kind: "leader-changed" }, en)).toBe("Birch leads now: compare the new code");
  });
});

describe("health", () => {
  test("is empty when all is well", () => {
    expect(healthLines(fixture("idle"), en)).toEqual([]);
  });

  test("tells a fault once, though the device says the same", () => {
    const lines = healthLines(fixture("idle-camera-unplugged"), en);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: "bad", code: "GR-301" });
    expect(lines[0]?.since).toMatch(/^since \d\d:\d\d$/);
  });

  test("tells of a device and a hub that no fault tells of", () => {
    const state = variant("idle", ({ devices, hub }) => {
      Object.assign(devices.microphone, { state: "absent", reason: "No microphone is connected.", cause: { code: "not-there", about: "Desk" } });
      Object.assign(hub, { state: "down", text: "The server does not answer.", cause: { code: "hub-silent" } });
    });
    expect(healthLines(state, en)).toMatchObject([
      { text: "Server not reachable", detail: "The server did not answer in time: check the network and any firewall on the way." },
      { text: "Microphone not found", detail: "“Desk” is not connected. Plug it in." },
    ]);
  });
});
