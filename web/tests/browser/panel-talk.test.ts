import { describe, expect, test } from "vitest";
import { fixture, variant } from "../fixtures.ts";
import { chatting, inGerman, meetingOf, withCallees } from "../situations.ts";
import { newBench } from "./bench.ts";
import { panelSizes } from "./looks.ts";

const bench = newBench();
const { open, press, sent, show } = bench;

const input = '[data-testid="chat-line"]';

describe("chat", () => {
  test.each(panelSizes)("is read and written, at $width x $height", async (size) => {
    await open(chatting(8), size);
    expect(await bench.page.textContent('[data-testid="chat"]')).toContain("8 unread");
    await press("chat");
    await bench.page.waitForSelector(".chat-line");
    expect(await bench.page.textContent('[data-testid="chat"]')).not.toContain("unread");
    await bench.looksRight("panel-chat");
    await bench.page.fill(input, "  Good morning ");
    await press("chat-send");
    expect(await sent(1)).toEqual([{ do: "chat", text: "Good morning" }]);
    expect(await bench.page.inputValue(input)).toBe("");
  });

  test("is written with the keyboard alone", async () => {
    await open(fixture("meeting-host"));
    await bench.page.focus('[data-testid="chat"]');
    await bench.page.keyboard.press("Enter");
    await bench.page.focus(input);
    await bench.page.keyboard.type("Yes");
    await bench.page.keyboard.press("Enter");
    await bench.page.keyboard.press("Enter");
    await bench.page.keyboard.press("Escape");
    expect(await sent(1)).toEqual([{ do: "chat", text: "Yes" }]);
    await bench.page.waitForSelector("gr-chat", { state: "detached" });
    expect(await bench.focused()).toBe("chat");
  });

  test("what comes while it is closed is unread", async () => {
    await open(chatting(3));
    await press("chat");
    await press("pane-close");
    await show(chatting(5), 900);
    expect(await bench.page.textContent('[data-testid="chat"]')).toContain("2 unread");
  });

  test("the newest line is in sight, unless somebody reads further up", async () => {
    await open(chatting(40));
    await press("chat");
    await bench.page.waitForSelector(".chat-line");
    const seen = (id: number): Promise<boolean> =>
      bench.page.$eval(".chat-lines", (lines, text) => {
        const line = [...lines.querySelectorAll(".chat-line")].find((each) => each.querySelector(".chat-text")?.textContent === text);
        const [frame, box] = [lines.getBoundingClientRect(), line?.getBoundingClientRect()];
        return box !== undefined && box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1;
      }, `Line ${id}`);
    await expect.poll(() => seen(40)).toBe(true);
    await show(chatting(41), 900);
    await expect.poll(() => seen(41)).toBe(true);
    await bench.page.$eval(".chat-lines", (lines) => {
      const scrolled = new Promise((resolve) => lines.addEventListener("scroll", resolve, { once: true }));
      lines.scrollTop = 0;
      return scrolled;
    });
    await show(chatting(42), 901);
    expect(await seen(1)).toBe(true);
  });

  test("a line that is too long is not sent, and one that was not sent comes back", async () => {
    await open(fixture("meeting-two"));
    await press("chat");
    await bench.page.fill(input, "ä".repeat(1_500));
    await press("chat-send");
    await bench.page.waitForSelector("#chat-long:not(:empty)");
    expect(bench.server.commands).toEqual([]);
    bench.server.answer = { status: 409, body: { command: "chat", code: "no-answer", text: "It was not sent." } };
    await bench.page.fill(input, "short");
    await press("chat-send");
    await bench.page.waitForSelector('[data-testid="refusal"]');
    expect(await bench.page.inputValue(input)).toBe("short");
  });
});

describe("reactions", () => {
  test.each(panelSizes)("are chosen from a handful, at $width x $height", async (size) => {
    await open(fixture("meeting-two"), size);
    await press("reactions");
    await bench.page.waitForSelector("[data-react]");
    await bench.looksRight("panel-reactions");
    await bench.page.click('[data-react="applause"]');
    expect(await sent(1)).toEqual([{ do: "react", text: "👏" }]);
    await bench.page.waitForSelector("[data-react]", { state: "detached" });
    await expect.poll(bench.focused).toBe("reactions");
  });

  test("are left with Escape", async () => {
    await open(fixture("meeting-two"));
    await press("reactions");
    await bench.page.keyboard.press("Escape");
    await bench.page.waitForSelector("[data-react]", { state: "detached" });
    expect(bench.server.commands).toEqual([]);
  });
});

describe("ending the meeting for everybody", () => {
  test.each(panelSizes)("is asked once more, at $width x $height", async (size) => {
    await open(fixture("meeting-two"), size);
    await press("end");
    await expect.poll(bench.focused).toBe("go-on");
    await bench.looksRight("panel-end");
    await press("go-on");
    expect(bench.server.commands).toEqual([]);
    await press("end");
    await press("end-sure");
    expect(await sent(1)).toEqual([{ do: "end" }]);
  });
});

describe("enhanced encryption", () => {
  test("says that the server has the key, and lets only a host upgrade a meeting", async () => {
    await open(fixture("meeting-enhanced"));
    const words = await bench.page.textContent(".security");
    expect(words).toContain("The organisation’s server has the key.");
    expect(words).toContain("A host can upgrade the meeting");
    expect(await bench.page.$('[data-testid="upgrade"]')).toBeNull();
    expect(await bench.page.$('[data-testid="matches"]')).toBeNull();
    await show(variant("meeting-enhanced", (state) => (meetingOf(state).host = true)), 900);
    await press("upgrade");
    expect(await sent(1)).toEqual([{ do: "upgrade" }]);
  });

  test("an upgraded call asks both to read its own code", async () => {
    await open(fixture("call-upgraded"));
    expect(await bench.page.textContent(".security")).toContain("Both of you read the same code");
    await press("matches");
    const shown = await bench.page.getAttribute('[data-testid="security-code"]', "data-code");
    expect(await sent(1)).toEqual([{ do: "compare", matches: true, code: shown }]);
  });
});

describe("calls", () => {
  test.each(panelSizes)("somebody is searched and called, at $width x $height", async (size) => {
    await open(withCallees(12), size);
    await press("way-call");
    await bench.looksRight("panel-calls");
    await bench.page.fill('[data-testid="call-search"]', "oko");
    await bench.page.waitForFunction(() => document.querySelectorAll(".callee").length === 1);
    await bench.page.click(".callee");
    expect(await sent(1)).toEqual([{ do: "call", person: "callee-6" }]);
  });

  test("eight are found without searching, and a name that nobody has is told", async () => {
    await open(withCallees(8));
    await press("way-call");
    expect(await bench.page.$('[data-testid="call-search"]')).toBeNull();
    await show(withCallees(9), 900);
    await bench.page.fill('[data-testid="call-search"]', "nobody");
    await bench.page.waitForSelector(".callees-none");
  });

  test("what was typed to join stays when somebody looks whom to call", async () => {
    await open(withCallees(3));
    await bench.page.fill('[data-testid="number"]', "482913077");
    await press("way-call");
    await bench.page.waitForSelector('[data-testid="number"]', { state: "hidden" });
    await press("way-join");
    expect(await bench.page.inputValue('[data-testid="number"]')).toBe("482913077");
  });

  test("without anybody to call there is nothing to choose", async () => {
    await open(fixture("idle"));
    expect(await bench.page.$(".ways")).toBeNull();
  });

  test("a call rings until it is over", async () => {
    await open(fixture("idle"));
    await show(fixture("ringing"), 900);
    expect(await bench.page.textContent('[data-testid="ringing"]')).toContain("Birch is calling");
    // It rings again and again.
    await expect.poll(bench.tones, { timeout: 20_000 }).toBeGreaterThan(4);
    await show(fixture("idle"), 901);
    const heard = await bench.tones();
    // Longer than from one ring to the next.
    await bench.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 3_000)));
    expect(await bench.tones()).toBe(heard);
  });

  test.each(panelSizes)("a call that comes in fills the panel, in German too, at $width x $height", async (size) => {
    await open(inGerman("ringing"), size);
    await bench.looksRight("panel-ringing-german");
  });
});
