import { describe, expect, test } from "vitest";
import { fixture, variant } from "../fixtures.ts";
import { newBench } from "./bench.ts";

const bench = newBench();
const { open, press, sent } = bench;

const code = "4821390577118647302955190264888031764952";
const elm = fixture("meeting-host").meeting?.waiting[0]?.id;

describe("commands", () => {
  test.each([
    ["idle", "meet-now", { do: "meet-now" }],
    ["idle-booked", "join-booking", { do: "join-booking", text: "b1" }],
    ["joining-host", "cancel", { do: "leave" }],
    ["meeting-two", "leave", { do: "leave" }],
    ["meeting-two", "mute", { do: "mute", on: true }],
    ["meeting-two", "camera", { do: "camera", on: false }],
    ["meeting-two", "matches", { do: "compare", matches: true, code }],
    ["meeting-two", "differs", { do: "compare", matches: false, code }],
    ["meeting-two", "quieter", { do: "volume", volume: 90 }],
    ["meeting-speaker", "layout", { do: "layout", text: "grid" }],
    ["meeting-sharing", "share", { do: "share", on: false }],
    ["meeting-two", "hand", { do: "hand", on: true }],
    ["meeting-host", "admit", { do: "admit", person: elm }],
    ["meeting-host", "deny", { do: "deny", person: elm }],
    ["call-enhanced", "upgrade", { do: "upgrade" }],
    ["call-upgraded", "leave", { do: "leave" }],
    ["ringing", "answer", { do: "answer" }],
    ["ringing", "decline", { do: "decline" }],
    ["calling", "cancel", { do: "leave" }],
  ])("%s: %s", async (name, id, command) => {
    await open(fixture(name));
    await press(id);
    expect(await sent(1)).toEqual([command]);
  });

  test("join with the pad on the screen", async () => {
    await open(fixture("idle"));
    for (const digit of "4829130779") await bench.page.tap(`[aria-label="Digit ${digit}"]`);
    await bench.page.tap('[aria-label="Erase last digit"]');
    await bench.page.tap(".key-word");
    for (const digit of "0042") await bench.page.tap(`[aria-label="Digit ${digit}"]`);
    await press("join");
    expect(await sent(1)).toEqual([{ do: "join", number: "482913077", passcode: "0042" }]);
  });

  test("join with the keyboard alone, spaces and all", async () => {
    await open(fixture("idle"));
    await bench.page.focus('[data-testid="number"]');
    await bench.page.keyboard.type("482 913 077");
    await bench.page.keyboard.press("Tab");
    await bench.page.keyboard.type("271828");
    await bench.page.keyboard.press("Enter");
    expect(await sent(1)).toEqual([{ do: "join", number: "482913077", passcode: "271828" }]);
  });

  test("join without a number asks for it and sends nothing", async () => {
    await open(fixture("idle"));
    await press("join");
    await bench.page.waitForSelector("#join-missing:not(:empty)");
    expect(await bench.page.evaluate(() => document.activeElement?.getAttribute("data-testid"))).toBe("number");
    expect(await bench.page.getAttribute('[data-testid="number"]', "aria-invalid")).toBe("true");
    expect(bench.server.commands).toEqual([]);
  });
});

describe("answers", () => {
  test("a switch turns at once, though the room has not answered yet", async () => {
    await open(fixture("meeting-two"));
    let answer = (): void => {};
    bench.server.gate = new Promise((resolve) => (answer = resolve));
    await press("mute");
    await bench.page.waitForSelector('[data-testid="mute"][data-on="false"]');
    expect(await bench.page.textContent('[data-testid="mute"]')).toContain("Unmute");
    await sent(1);
    bench.server.show(variant("meeting-two", (state) => Object.assign(state, { revision: 900 }).devices.microphone.on = false));
    answer();
    await bench.page.waitForSelector('body[data-revision="900"]');
    expect(await bench.page.getAttribute('[data-testid="mute"]', "data-on")).toBe("false");
    await press("mute");
    expect((await sent(2))[1]).toEqual({ do: "mute", on: false });
  });

  test("a button is busy until the room has answered", async () => {
    await open(fixture("idle"));
    let answer = (): void => {};
    bench.server.gate = new Promise((resolve) => (answer = resolve));
    await press("meet-now");
    await bench.page.waitForSelector('wa-button[data-testid="meet-now"][loading]');
    answer();
    await bench.page.waitForSelector('wa-button[data-testid="meet-now"]:not([loading])');
  });

  test("a refusal is told in the room's words until it is dismissed", async () => {
    await open(fixture("idle"));
    bench.server.answer = { status: 409, body: { command: "meet-now", code: "hub-down", text: "The server does not answer." } };
    await press("meet-now");
    const alert = bench.page.locator('[data-testid="refusal"]');
    await alert.waitFor();
    expect(await alert.textContent()).toContain("The server does not answer.");
    expect(await alert.getAttribute("data-code")).toBe("hub-down");
    await press("dismiss");
    await alert.waitFor({ state: "detached" });
  });

  test("a refusal in the State is dismissed by a command", async () => {
    const refusal = { command: "join", code: "passcode-wrong", text: "The passcode is wrong." };
    await open(variant("idle", (state) => (state.refusal = refusal)));
    expect(await bench.page.textContent('[data-testid="refusal"]')).toContain("The passcode is wrong.");
    await press("dismiss");
    expect(await sent(1)).toEqual([{ do: "dismiss" }]);
  });

  test("a room that does not answer is told of", async () => {
    await open(fixture("idle"));
    await bench.page.route("**/v1/commands", (route) => route.abort());
    await press("meet-now");
    await bench.page.waitForSelector('[data-testid="refusal"][data-code="unanswered"]');
  });
});

describe("the keyboard", () => {
  /** walk presses Tab until the focus is back where it began, and returns what was reached and whether it showed. */
  async function walk(): Promise<{ reached: string[]; unseen: string[] }> {
    const reached: string[] = [];
    const unseen: string[] = [];
    for (let i = 0; i < 60; i++) {
      await bench.page.keyboard.press("Tab");
      const at = await bench.page.evaluate(() => {
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
    expect(reached).toEqual(["meet-now", "check-camera", "quieter", "number", "passcode", ...digits, "Next", "Digit 0", "Erase last digit", "join"]);
    expect(unseen).toEqual([]);
  });

  test("reaches everything in a meeting, and one sees where one is", async () => {
    await open(fixture("meeting-two"));
    const { reached, unseen } = await walk();
    expect(reached).toEqual(["matches", "differs", "quieter", "mute", "camera", "hand", "reactions", "chat", "people", "end", "leave"]);
    expect(unseen).toEqual([]);
  });

  test("presses what has the focus", async () => {
    await open(fixture("meeting-two"));
    for (const key of ["Tab", "Enter", "Tab", "Tab", "Tab", "Space"]) await bench.page.keyboard.press(key);
    expect(await sent(2)).toEqual([
      { do: "compare", matches: true, code },
      { do: "mute", on: true },
    ]);
  });
});

test("when the room is gone the panel says so and takes no presses", async () => {
  await open(fixture("idle"));
  bench.server.stateStatus = 503;
  bench.server.cut();
  await bench.page.waitForSelector('[data-testid="link-lost"]');
  expect(await bench.page.$eval("main", (main) => (main as HTMLElement).inert)).toBe(true);
  bench.server.stateStatus = 200;
  await bench.page.waitForSelector('body[data-link="live"]');
  expect(await bench.page.$eval("main", (main) => (main as HTMLElement).inert)).toBe(false);
});
