import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Asker, type Switch } from "../../panel/asker.ts";
import type { Command, Outcome } from "../../shared/commands.ts";
import { selfOf } from "../../shared/model/people.ts";
import type { Person, State } from "../../shared/state.ts";
import { fixture, variant } from "../fixtures.ts";
import { meetingOf } from "../situations.ts";

function selfIn(state: State): Person {
  const self = selfOf(meetingOf(state));
  if (!self) throw new Error("this room is not in its own meeting");
  return self;
}

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
    expect(asker.shows("mute", meeting)).toBe(true);
    room.answer({ kind: "taken" });
    await asked;
    expect(asker.shows("mute", meeting)).toBe(true);
    asker.met(muted);
    expect(asker.shows("mute", meeting)).toBe(false);
  });

  test("a wish that nothing comes of is given up", async () => {
    const asker = new Asker(() => {}, async () => ({ kind: "taken" }));
    await asker.ask({ do: "camera", on: false });
    expect(asker.shows("camera", meeting)).toBe(false);
    vi.advanceTimersByTime(6_000);
    expect(asker.shows("camera", meeting)).toBe(true);
  });

  test("a refused wish is given up at once, and the trouble is told until the next try", async () => {
    const room = slowRoom();
    const asker = new Asker(() => {}, room.post);
    const asked = asker.ask({ do: "mute", on: true });
    room.answer({ kind: "refused", refusal: { command: "mute", code: "no", text: "No." } });
    await asked;
    expect(asker.shows("mute", meeting)).toBe(false);
    expect(asker.trouble).toMatchObject({ kind: "refused" });
    void asker.ask({ do: "leave" });
    expect(asker.trouble).toBeNull();
  });

  test.each<[Switch, () => State]>([
    ["hand", () => variant("meeting-two", (state) => selfIn(state).hand = true)],
    ["lock", () => variant("meeting-two", (state) => meetingOf(state).locked = true)],
  ])("%s is a switch like mute and camera", async (name, turned) => {
    const sent: Command[] = [];
    const asker = new Asker(() => {}, async (command) => {
      sent.push(command);
      return { kind: "taken" };
    });
    expect(asker.shows(name, meeting)).toBe(false);
    asker.turn(name, meeting);
    expect(sent).toEqual([{ do: name, on: true }]);
    expect(asker.shows(name, meeting)).toBe(true);
    asker.met(turned());
    expect(asker.shows(name, turned())).toBe(true);
    expect(asker.shows(name, meeting)).toBe(false);
  });

  test("busy for one person is not busy for another", async () => {
    const room = slowRoom();
    const asker = new Asker(() => {}, room.post);
    const asked = asker.ask({ do: "admit", person: "elm" });
    expect([asker.busy("admit"), asker.busy("admit", "elm"), asker.busy("admit", "fir")]).toEqual([true, true, false]);
    room.answer({ kind: "taken" });
    expect(await asked).toBe(true);
    expect([asker.busy("admit"), asker.busy("admit", "elm")]).toEqual([false, false]);
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
