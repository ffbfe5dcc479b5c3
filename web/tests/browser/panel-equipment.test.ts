import { describe, expect, test } from "vitest";
import { fixture, variant } from "../fixtures.ts";
import { newBench } from "./bench.ts";
import { panelSizes } from "./looks.ts";

const bench = newBench();
const { open, press, show } = bench;

/** asked waits until the room was asked for something, and returns all commands but the touches. */
async function asked(count: number): Promise<unknown[]> {
  const commands = (): unknown[] => bench.server.commands.filter((command) => (command as { do: string }).do !== "touch");
  await expect.poll(() => commands().length).toBe(count);
  return commands();
}

const left = { do: "camera-turn", pan: -45, tilt: 0, zoom: 0 };
const stop = { do: "camera-turn", pan: 0, tilt: 0, zoom: 0 };

describe("cameras", () => {
  test.each(panelSizes)("are offered where there are several, at $width x $height", async (size) => {
    await open(fixture("idle-cameras"), size);
    await press("way-room");
    await bench.page.waitForSelector("[data-camera]");
    await bench.looksRight("panel-cameras");
    expect(await bench.page.getAttribute("[data-camera]", "aria-pressed")).toBe("true");
  });

  test("another one is asked for by its place, and is marked when the room uses it", async () => {
    const state = fixture("meeting-equipped");
    const [front, table] = state.devices.cameras ?? [];
    await open(state);
    await press("room");
    await bench.page.click(`[data-camera="${table?.id}"]`);
    expect(await asked(1)).toEqual([{ do: "use-camera", text: table?.id }]);
    for (const camera of state.devices.cameras ?? []) camera.inUse = camera.id === table?.id;
    await show(state, 900);
    expect(await bench.page.getAttribute(`[data-camera="${table?.id}"]`, "aria-pressed")).toBe("true");
    expect(await bench.page.getAttribute(`[data-camera="${front?.id}"]`, "aria-pressed")).toBe("false");
  });

  test("the picture is adjusted with sliders, and the last value counts", async () => {
    await open(fixture("idle-preview"));
    await press("way-room");
    const brightness = bench.page.locator('[data-adjust="brightness"]');
    expect(await brightness.inputValue()).toBe("-20");
    expect(await bench.page.isDisabled('[data-adjust="focus"]')).toBe(true); // while it focuses by itself
    await bench.looksRight("panel-adjust");
    let answer = (): void => {};
    bench.server.gate = new Promise((resolve) => (answer = resolve));
    for (const value of ["-10", "0", "33"]) await brightness.fill(value);
    expect(await asked(1)).toEqual([{ do: "camera-adjust", text: "brightness", value: -10 }]);
    answer();
    expect((await asked(2)).at(-1)).toEqual({ do: "camera-adjust", text: "brightness", value: 33 });
    await bench.page.click('[data-adjust="autofocus"]');
    expect((await asked(3)).at(-1)).toEqual({ do: "camera-adjust", text: "autofocus", value: 0 });
    await press("adjust-reset");
    expect((await asked(4)).at(-1)).toEqual({ do: "camera-adjust", text: "brightness", value: 0 });
  });

  test("a single one is no choice, and twins are numbered", async () => {
    await open(variant("idle-cameras", (state) => state.devices.cameras?.pop()));
    expect(await bench.page.$('[data-testid="way-room"]')).toBeNull();
    await open(variant("idle-cameras", (state) => state.devices.cameras?.forEach((camera) => (camera.label = "Twin"))));
    await press("way-room");
    expect(await bench.page.locator("[data-camera] .name").allTextContents()).toEqual(["Twin (1)", "Twin (2)"]);
  });
});

describe("a microphone", () => {
  test.each(panelSizes)("whose echo nothing cancels is told of between meetings, at $width x $height", async (size) => {
    await open(fixture("idle-equipped"), size);
    const line = await bench.page.waitForSelector('[data-testid="echo"]');
    expect(await line.textContent()).toContain("others may hear themselves");
    await bench.looksRight("panel-echo");
    await open(variant("idle-equipped", (state) => (state.devices.microphone.echo = "pipewire")), size);
    expect(await bench.page.$('[data-testid="echo"]')).toBeNull();
  });
});

describe("what stands in the room", () => {
  test.each(panelSizes)("has its place between meetings and in one, at $width x $height", async (size) => {
    await open(fixture("idle-equipped"), size);
    await press("way-room");
    await bench.page.waitForSelector("gr-equipment .pad");
    await bench.looksRight("panel-equipment-idle");
    await open(fixture("meeting-equipped"), size);
    await press("room");
    await bench.page.waitForSelector("gr-equipment .pad");
    expect(await bench.page.textContent(".equipment-trouble")).toContain("The serial port “/dev/serial/by-id/usb-blinds” is gone");
    await bench.looksRight("panel-equipment");
    await bench.page.$eval(".equipment .pane-list", (list) => list.scrollTo(0, list.scrollHeight));
    await bench.looksRight("panel-equipment-below");
    await press("pane-close");
    await expect.poll(bench.focused).toBe("room");
  });

  test("is not offered where there is nothing", async () => {
    await open(fixture("idle"));
    expect(await bench.page.$('[data-testid="way-room"]')).toBeNull();
    await bench.page.mouse.click(5, 5);
    expect(bench.server.commands).toEqual([]);
  });

  test("says in German what is in the room", async () => {
    await open(variant("meeting-equipped", (state) => (state.room.language = "de")), { width: 390, height: 844 });
    await press("room");
    await bench.page.waitForSelector("gr-equipment .pad");
    await bench.looksRight("panel-equipment-german");
  });

  test("the camera turns while a button is held, and stops when it is let go", async () => {
    await open(fixture("idle-equipped"));
    await press("way-room");
    await bench.page.hover('[data-testid="turn-left"]');
    await bench.page.mouse.down();
    expect(await asked(1)).toEqual([left]);
    expect(await asked(2)).toEqual([left, left]); // still held
    await bench.page.mouse.move(2, 2); // slid off, and not lifted
    await bench.page.mouse.up();
    const all = await asked(3);
    expect(all.at(-1)).toEqual(stop);
  });

  test("the same with a key, and with the page out of sight", async () => {
    await open(fixture("idle-equipped"));
    await press("way-room");
    await bench.page.focus('[data-testid="turn-in"]');
    await bench.page.keyboard.down("Enter");
    expect(await asked(1)).toEqual([{ do: "camera-turn", pan: 0, tilt: 0, zoom: 40 }]);
    await bench.page.keyboard.up("Enter");
    expect((await asked(2)).at(-1)).toEqual(stop);
    await bench.page.keyboard.down(" ");
    await asked(3);
    await bench.page.evaluate(() => window.dispatchEvent(new Event("blur")));
    expect((await asked(4)).at(-1)).toEqual(stop);
    await bench.page.keyboard.up(" ");
    // A screen reader presses without a length.
    await bench.page.$eval('[data-testid="turn-left"]', (button) => (button as HTMLElement).click());
    expect((await asked(6)).slice(-2)).toEqual([left, stop]);
  });

  test("presets are gone to, and kept after being asked which", async () => {
    await open(fixture("idle-equipped"));
    await press("way-room");
    await bench.page.click('[data-preset="2"]');
    expect(await asked(1)).toEqual([{ do: "preset-recall", preset: 2 }]);
    await press("store");
    await bench.looksRight("panel-equipment-store");
    await bench.page.click('[data-preset="3"]');
    expect((await asked(2)).at(-1)).toEqual({ do: "preset-store", preset: 3 });
    await bench.page.click('[data-preset="3"]');
    expect((await asked(3)).at(-1)).toEqual({ do: "preset-recall", preset: 3 });
  });

  test("the display is switched, and its volume, input and mute are set", async () => {
    await open(fixture("meeting-equipped"));
    await press("room");
    await press("louder");
    await press("display-mute");
    await bench.page.click('[data-input="hdmi2"]');
    await press("display-power");
    expect(await asked(4)).toEqual([
      { do: "display-volume", volume: 45 },
      { do: "display-mute", on: true },
      { do: "display-input", text: "hdmi2" },
      { do: "display-power", on: false },
    ]);
  });

  test("a button says what became of its press", async () => {
    await open(fixture("idle-equipped"));
    await press("way-room");
    await bench.page.click('[data-control="Lights on"]');
    expect(await asked(1)).toEqual([{ do: "press", text: "Lights on" }]);
    const failed = variant("idle-equipped", (state) => {
      const [lights] = state.devices.controls ?? [];
      Object.assign(lights ?? {}, { outcome: "failed", text: "It does not answer.", pressed: state.time });
    });
    await show(failed, 900);
    await bench.page.waitForSelector("text=Lights on: It does not answer.");
  });

  test("the first touch tells the room that somebody is here", async () => {
    await open(fixture("idle-equipped"));
    await bench.page.mouse.click(640, 20);
    await expect.poll(() => bench.server.commands).toEqual([{ do: "touch" }]);
    await bench.page.mouse.click(640, 20); // not each of them
    await press("way-room");
    expect(bench.server.commands).toEqual([{ do: "touch" }]);
  });
});
