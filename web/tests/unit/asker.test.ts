import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Asker } from "../../panel/asker.ts";
import type { Command, Outcome } from "../../shared/commands.ts";
import { fixture, variant } from "../fixtures.ts";

/** slowRoom answers a command when told to. */
function slowRoom(): { post: (command: Command) => Promise<Outcome>; answer: (outcome: Outcome) => void } {
  let answer: (outcome: Outcome) => void = () => {};
  return { post: () => new Promise((resolve) => (answer = resolve)), answer: (outcome) => answer(outcome) };
}

const meeting = fixture("meeting-two");
const muted = variant("meeting-two", (state) => (state.devices.microphone.on = false));

describe("the panel's memory of what was pressed", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("a switch shows at once what was wished, and then what the State says", async () => {
    const room = slowRoom();
    const asker = new Asker(() => {}, room.post);
    const asked = asker.ask({ do: "mute", on: true });
    expect(asker.muted(meeting)).toBe(true);
    room.answer({ kind: "taken" });
    await asked;
    expect(asker.muted(meeting)).toBe(true);
    asker.met(muted);
    expect(asker.muted(meeting)).toBe(false);
  });

  test("a wish that nothing comes of is given up", async () => {
    const asker = new Asker(() => {}, async () => ({ kind: "taken" }));
    await asker.ask({ do: "camera", on: false });
    expect(asker.cameraOn(meeting)).toBe(false);
    vi.advanceTimersByTime(4_000);
    expect(asker.cameraOn(meeting)).toBe(true);
  });

  test("a refused wish is given up at once, and the trouble is told until the next try", async () => {
    const room = slowRoom();
    const asker = new Asker(() => {}, room.post);
    const asked = asker.ask({ do: "mute", on: true });
    room.answer({ kind: "refused", refusal: { command: "mute", code: "no", text: "No." } });
    await asked;
    expect(asker.muted(meeting)).toBe(false);
    expect(asker.trouble).toMatchObject({ kind: "refused" });
    void asker.ask({ do: "leave" });
    expect(asker.trouble).toBeNull();
  });

  test("a button is busy until every one of its commands was answered", async () => {
    const rooms = [slowRoom(), slowRoom()];
    let next = 0;
    const asker = new Asker(() => {}, (command) => (rooms[next++] ?? slowRoom()).post(command));
    const first = asker.ask({ do: "leave" });
    const second = asker.ask({ do: "leave" });
    rooms[0]?.answer({ kind: "taken" });
    await first;
    expect(asker.busy("leave")).toBe(true);
    rooms[1]?.answer({ kind: "unanswered" });
    await second;
    expect(asker.busy("leave")).toBe(false);
    expect(asker.trouble).toEqual({ kind: "unanswered" });
  });
});
