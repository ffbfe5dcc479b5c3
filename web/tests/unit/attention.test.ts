import { beforeEach, describe, expect, test } from "vitest";
import { Attention } from "../../panel/attention.ts";
import { fixture, variant } from "../fixtures.ts";
import { besieged, knock, meetingOf } from "../situations.ts";

const hawthorn = { id: "hawthorn", name: "Hawthorn", organisation: true };

describe("what comes to the front of the panel", () => {
  let heard: string[];
  let attention: Attention;

  beforeEach(() => {
    heard = [];
    attention = new Attention({ knock: () => void heard.push("knock"), ring: (on) => void (on && heard.push("ring")) });
  });

  test("each newcomer at the door is heard once", () => {
    attention.met(fixture("meeting-two"));
    attention.met(fixture("meeting-host"));
    attention.met(fixture("meeting-host"));
    expect(heard).toEqual(["knock"]);
    attention.met(knock(fixture("meeting-host"), hawthorn));
    expect(heard).toEqual(["knock", "knock"]);
  });

  test("who was put off stays away until somebody new knocks", () => {
    const meeting = meetingOf(fixture("meeting-host"));
    attention.met(fixture("meeting-host"));
    expect(attention.knocks(meeting).map(({ name }) => name)).toEqual(["Elm", "Guest of Example Office"]);
    attention.notNow(meeting);
    expect(attention.knocks(meeting)).toEqual([]);
    const more = knock(fixture("meeting-host"), hawthorn);
    attention.met(more);
    expect(attention.knocks(meetingOf(more))).toEqual([hawthorn]);
  });

  test("who went away and knocks again is new", () => {
    const meeting = meetingOf(fixture("meeting-host"));
    attention.met(fixture("meeting-host"));
    attention.notNow(meeting);
    attention.met(variant("meeting-host", (state) => (meetingOf(state).waiting = [])));
    attention.met(fixture("meeting-host"));
    expect(attention.knocks(meeting)).toHaveLength(2);
    expect(heard).toEqual(["knock", "knock"]);
  });

  test("a lost link forgets nothing, but rings no more", () => {
    attention.met(fixture("meeting-host"));
    attention.notNow(meetingOf(fixture("meeting-host")));
    attention.met(null);
    attention.met(fixture("meeting-host"));
    expect(attention.knocks(meetingOf(fixture("meeting-host")))).toEqual([]);
    expect(heard).toEqual(["knock"]);
  });

  test("a call rings", () => {
    attention.met(fixture("ringing"));
    expect(heard).toEqual(["ring"]);
  });

  test("a wish to mute is told until it is settled, though its notice goes", () => {
    attention.met(besieged());
    expect(attention.muteAsk?.name).toBe("Birch");
    attention.met(fixture("meeting-host"));
    expect(attention.muteAsk?.name).toBe("Birch");
    attention.settleAsk();
    attention.met(besieged());
    expect(attention.muteAsk).toBeNull();
  });

  test("a wish to mute is settled by muting, and by the end of the meeting", () => {
    attention.met(besieged());
    const muted = besieged();
    muted.devices.microphone.on = false;
    attention.met(muted);
    expect(attention.muteAsk).toBeNull();
    attention.met(fixture("idle"));
    attention.met(besieged());
    expect(attention.muteAsk).not.toBeNull();
    attention.met(fixture("idle"));
    expect(attention.muteAsk).toBeNull();
  });
});
