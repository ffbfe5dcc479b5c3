import { describe, expect, test } from "vitest";
import { fixture, variant } from "../fixtures.ts";
import { newBench } from "./bench.ts";
import { panelSizes } from "./looks.ts";
import { Player } from "./player.ts";

const bench = newBench();
const { open, press, show } = bench;

/** offers counts the picture's media sections of each offer that the page makes. */
async function play(): Promise<{ video: number; audio: number }[]> {
  const player = await Player.start(bench.browser);
  const offers: { video: number; audio: number }[] = [];
  bench.server.preview = (offer) => {
    offers.push({ video: offer.split("m=video").length - 1, audio: offer.split("m=audio").length - 1 });
    return player.answer(offer);
  };
  return offers;
}

const drawn = '[data-testid="preview"]';

describe("the room's own picture", () => {
  test.each(panelSizes)("is shown with the level under it while somebody checks, at $width x $height", async (size) => {
    const offers = await play();
    await open(fixture("idle"), size);
    expect(offers).toEqual([]);
    await press("check-camera");
    await bench.page.waitForSelector(drawn);
    await show(fixture("idle-preview"), 900);
    await bench.page.waitForFunction(() => (document.querySelector("video")?.videoWidth ?? 0) > 2);
    expect(await bench.page.getAttribute('[data-testid="check-camera"]', "aria-pressed")).toBe("true");
    expect(await bench.page.getAttribute('[data-testid="level"]', "aria-valuenow")).toBe("55");
    await bench.looksRight("panel-preview");
    // One picture, and no more than the room's own.
    expect(offers).toEqual([{ video: 1, audio: 1 }]);
    await press("check-camera");
    await bench.page.waitForSelector(drawn, { state: "detached" });
  });

  test("ends when the room does something else", async () => {
    await play();
    await open(fixture("idle"));
    await press("check-camera");
    await bench.page.waitForSelector(drawn);
    await show(fixture("joining-host"), 900);
    await bench.page.waitForSelector(drawn, { state: "detached" });
    await show(fixture("idle"), 901);
    expect(await bench.page.getAttribute('[data-testid="check-camera"]', "aria-pressed")).toBe("false");
  });

  test("says why there is none", async () => {
    await open(fixture("idle-camera-unplugged"));
    await press("check-camera");
    await bench.page.waitForSelector("text=“Logi Rally Camera” gives nothing: check its cable, and whether another program uses it.");
    await bench.looksRight("panel-preview-none");
  });

  test("is not offered without a camera", async () => {
    await open(variant("idle", (state) => (state.devices.camera.state = "none")));
    expect(await bench.page.$('[data-testid="check-camera"]')).toBeNull();
  });
});
