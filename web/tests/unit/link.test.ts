import { describe, expect, test } from "vitest";
import { linkOf, plain } from "../../guest/link.ts";
import { codeLink } from "../../shared/model/code.ts";

const groups = ["48213", "90577", "11864", "73029", "55190", "26488", "80317", "64952"];
const meeting = { guestPage: "https://hub.example.org/guest/", number: "482913077" };

describe("the QR code of the security code", () => {
  test("is the guest page's address, with number and code behind the #", () => {
    const link = new URL(codeLink(groups, meeting));
    expect(link.origin + link.pathname + link.search).toBe(meeting.guestPage);
    expect(linkOf(link)).toEqual({ number: meeting.number, passcode: "", code: groups.join("") });
  });

  test("is the digits alone where guests do not join, and in calls", () => {
    expect(codeLink(groups, { number: meeting.number })).toBe(groups.join(""));
    expect(codeLink(groups, { ...meeting, number: "" })).toBe(groups.join(""));
  });
});

test("what a hub writes neither turns nor hides", () => {
  expect(plain("a\u202Egpj.exe\u200B\u2066\n<b>")).toBe("agpj.exe<b>");
  expect(plain("x".repeat(10_000))).toHaveLength(200);
});

describe("what an address says", () => {
  test.each(["", "#", "#n=12&c=99", "#c=" + "1".repeat(41), "#n=48291307x&p=<b>", "#n=%F0%9F&c=%00"])("nothing that is malformed is taken from %s", (hash) => {
    expect(linkOf({ hash, pathname: "/guest/" })).toEqual({ number: "", passcode: "", code: "" });
  });

  test("numbers may be written in groups", () => {
    expect(linkOf({ hash: "#n=482+913+077&p=271828", pathname: "/guest/" })).toEqual({ number: "482913077", passcode: "271828", code: "" });
    expect(linkOf({ hash: "", pathname: "/join/482913077" }).number).toBe("482913077");
  });
});
