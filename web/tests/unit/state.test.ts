import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { RoomClock } from "../../shared/clock.ts";
import { readRefusal } from "../../shared/commands.ts";
import { qrPath } from "../../shared/qr.ts";
import { parseState, plainName, plainReaction, plainText } from "../../shared/read.ts";
import { en } from "../../shared/strings/en.ts";
import { languages, stringsFor } from "../../shared/strings/index.ts";
import { fixture, fixtureNames, fixtureText } from "../fixtures.ts";

/** The cases that the meeting core's own tests hold names to. */
const names = JSON.parse(readFileSync(new URL("../../../meeting/wire/testdata/names.json", import.meta.url), "utf8")) as {
  what: string;
  typed: string;
  name: string;
}[];

describe("a State", () => {
  test("there are fixtures of every phase", () => {
    const phases = new Set(fixtureNames().map((name) => fixture(name).phase));
    expect([...phases].sort()).toEqual(["fault", "idle", "joining", "meeting", "starting"]);
  });

  test.each(fixtureNames())("%s is read as the room wrote it", (name) => {
    expect(parseState(fixtureText(name))).toEqual(JSON.parse(fixtureText(name)));
  });

  test("an empty list may come as null", () => {
    const state = JSON.parse(fixtureText("meeting-two"));
    Object.assign(state.meeting, { people: null, tiles: null, notices: null, waiting: null, chat: null });
    state.meeting.encryption.code = null;
    Object.assign(state, { faults: null, callees: null });
    const read = parseState(JSON.stringify(state));
    expect(read).toMatchObject({ faults: [], callees: [] });
    expect(read.meeting).toMatchObject({ people: [], tiles: [], notices: [], waiting: [], chat: [], encryption: { code: [] } });
  });
});

describe("a name that somebody chose", () => {
  test.each(names)("$what", ({ typed, name }) => {
    expect(plainName(typed)).toBe(name);
  });

  test("is cut when it is very long", () => {
    expect([...plainName("x".repeat(10_000))]).toHaveLength(128);
  });
});

describe("a line of chat", () => {
  test.each([
    ["plain", "plain"],
    ["  two\r\nlines\n\n\n\nand more ", "two\nlines\n\nand more"],
    ["abc\u202Etxt.exe\u0007", "abctxt.exe"],
    ["👩‍💻 नमस्ते", "👩‍💻 नमस्ते"],
  ])("%j becomes %j", (text, plain) => {
    expect(plainText(text)).toBe(plain);
  });

  test("is cut when it is very long", () => {
    expect([...plainText("x".repeat(10_000))]).toHaveLength(2_000);
  });
});

describe("a reaction", () => {
  test.each([
    ["👍", "👍"],
    ["❤️", "❤️"],
    ["🇩🇪", "🇩🇪"],
    ["👏👏👏", "👏"],
    ["Verified", ""],
    ["7", ""],
    ["", ""],
    [undefined, ""],
  ])("%j becomes %j: an emoji, or nothing", (reaction, plain) => {
    expect(plainReaction(reaction)).toBe(plain);
  });
});

describe("the room's clock", () => {
  test("is the machine's own as long as they agree within a second", () => {
    const clock = new RoomClock(() => 1_000_700);
    clock.learn(1_000_000);
    expect(clock.now()).toBe(1_000_700);
  });

  test("follows the room where they differ, and bears a missing header", () => {
    const clock = new RoomClock(() => 5_000_000);
    clock.learn(1_000_000);
    clock.learn(Number.NaN);
    expect(clock.now()).toBe(1_000_500);
  });
});

describe("a refusal", () => {
  test("is what the daemon says", () => {
    expect(readRefusal("join", 409, '{"code":"passcode-wrong","text":"Wrong."}')).toEqual({
      command: "join",
      code: "passcode-wrong",
      text: "Wrong.",
    });
  });

  test.each(["", "<html>", "null", '{"code":7}'])("of the form %j still has a code", (body) => {
    expect(readRefusal("leave", 502, body)).toEqual({ command: "leave", code: "http-502", text: "" });
  });
});

describe("the QR code", () => {
  test("of 40 digits is the smallest that holds them, and changes with them", () => {
    const one = qrPath("4821390577118647302955190264888031764952");
    expect(one.size).toBe(25);
    expect(one.path).toMatch(/^(M\d+ \d+h\d+v1h-\d+z)+$/);
    expect(qrPath("4821390577118647302955190264888031764953").path).not.toBe(one.path);
  });
});

/** leaves lists every sentence of a catalogue by its path; functions are called with placeholders. */
function leaves(value: unknown, path = ""): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value === "function") return [[path, String((value as (...args: unknown[]) => unknown)("3", "4"))]];
  return Object.entries(value as object).flatMap(([key, child]) => leaves(child, `${path}.${key}`));
}

describe("strings", () => {
  test("a language is found by its first part, and English stands in for what there is not", () => {
    expect(stringsFor("de-AT")).toBe(stringsFor("de"));
    expect(stringsFor("xx")).toBe(en);
    expect(stringsFor(undefined)).toBe(en);
  });

  // Words that are the same in the other language, or a name.
  const same = new Set([".language", ".product", ".health.hub", ".panel.dismiss", ".panel.host"]);

  test.each(languages())("%s is complete: every sentence is there, and none was left in English", (language) => {
    const sentences = leaves(stringsFor(language));
    const english = new Map(leaves(en));
    expect(sentences.map(([path]) => path).sort()).toEqual([...english.keys()].sort());
    expect(sentences.filter(([, text]) => text.trim() === "" || text.includes("undefined"))).toEqual([]);
    if (language === "en") return;
    expect(sentences.filter(([path, text]) => english.get(path) === text && !same.has(path))).toEqual([]);
  });
});
