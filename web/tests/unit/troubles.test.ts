import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { healthLines } from "../../shared/model/health.ts";
import { because, told, whyNot } from "../../shared/model/troubles.ts";
import type { Fault, Refusal } from "../../shared/state.ts";
import { en } from "../../shared/strings/en.ts";
import { languages, stringsFor } from "../../shared/strings/index.ts";
import { fixture } from "../fixtures.ts";

// The codes that the room can say, with its own sentences (daemon/room writes them).
const codes = JSON.parse(readFileSync(new URL("../../fixtures/codes.json", import.meta.url), "utf8")) as {
  faults: Fault[];
  causes: string[];
  refusals: Refusal[];
};
const straight = (text: string): string => text.replaceAll("’", "'");

describe.each(languages())("in the language %s", (language) => {
  const strings = stringsFor(language);

  test("every code that the room can say has a sentence, and no other has", () => {
    expect(Object.keys(strings.faults).sort()).toEqual(codes.faults.map(({ code }) => code).sort());
    expect(Object.keys(strings.causes).sort()).toEqual([...codes.causes].sort());
    expect(Object.keys(strings.refusals).sort()).toEqual(codes.refusals.map(({ code }) => code).sort());
  });

  test("a cause names what it is about, or does without", () => {
    for (const code of codes.causes) {
      const sentence = because({ code }, strings);
      expect(sentence).toMatch(/^\p{Lu}.*[^ ]\.$/u);
      expect(sentence).not.toContain("undefined");
      const about = because({ code, about: "/dev/ttyUSB0" }, strings);
      expect(about === sentence || about.includes("/dev/ttyUSB0")).toBe(true);
    }
  });
});

test("in English the sentences are the room's own", () => {
  for (const { code, text, do: todo } of codes.faults) {
    const said = told({ code, text: "", do: "", since: "" }, en);
    expect({ code, text: straight(said.text), do: straight(said.do) }).toEqual({ code, text, do: todo });
  }
  for (const { code, text } of codes.refusals) expect(straight(whyNot({ code, text: "" }, en))).toBe(text);
});

test("a German page says what is wrong, what lies behind it and what to do, in German", () => {
  const [line] = healthLines(fixture("idle-camera-unplugged"), stringsFor("de"));
  expect(line).toMatchObject({
    text: "Die Kamera funktioniert nicht.",
    detail: "„Logi Rally Camera“ liefert nichts: Prüfen Sie das Kabel, und ob ein anderes Programm es benutzt.",
    since: expect.stringMatching(/^seit \d\d:\d\d$/) as string,
  });
  expect(whyNot({ code: "device-away", text: "It does not answer." }, stringsFor("de"))).toMatch(/^Das Gerät antwortet gerade nicht/);
  expect(whyNot({ code: "device-refused", text: "It is off." }, en)).toBe("It is off."); // more exact
});

test("of a code that the page does not know, it says what the room says", () => {
  const fault = { code: "GR-999", text: "It smokes.", do: "Run.", since: "", cause: { code: "fire" } };
  expect(told(fault, stringsFor("de"))).toEqual({ text: "It smokes.", why: "", do: "Run." });
  expect(because({ code: "toString" }, en)).toBe("");
  expect(whyNot({ code: "constructor", text: "No." }, stringsFor("de"))).toBe("No.");
});
