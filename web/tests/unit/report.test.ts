import { expect, test } from "vitest";
import { summed } from "../../screen/report.ts";

const picture = (mid: number, more = {}) => ({ type: "inbound-rtp", kind: "video", mid: `${mid}`, ...more });
const sound = (mid: number, more = {}) => ({ type: "inbound-rtp", kind: "audio", mid: `${mid}`, ...more });

test("what is played is added up over all slots", () => {
  const report = summed(
    [
      picture(0, { framesDecoded: 100, framesDropped: 2, freezeCount: 1, totalFreezesDuration: 0.25 }),
      picture(1, { framesDecoded: 50 }),
      sound(9, { totalSamplesReceived: 48_000, concealedSamples: 480 }),
      { type: "outbound-rtp", framesDecoded: 7 },
    ],
    9,
  );
  expect(report).toEqual({ decoded: 150, dropped: 2, freezes: 1, freezeMs: 250, samples: 48_000, concealed: 480, apart: null });
});

test("picture and sound are compared within a slot, and the worst is told", () => {
  const at = (estimatedPlayoutTimestamp: number) => ({ estimatedPlayoutTimestamp });
  expect(summed([picture(0, at(1000)), sound(9, at(1020)), picture(1, at(1000)), sound(10, at(940))], 9).apart).toBe(-60);
  expect(summed([picture(0, at(1000)), sound(10, at(5000))], 9).apart).toBeNull();
});
