import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { clearLength, joined, keyframe, split, unescaped } from "../../guest/worker/frames.ts";
import { BadFrame, type Epoch, type MediaSource, Opener, Sealer } from "../../guest/worker/media.ts";
import { deriveKey, encodeHeader, open, parseHeader, seal, type SuiteID, Window } from "../../guest/worker/sframe.ts";

interface Vector {
  suite: SuiteID;
  keyID: number;
  counter: number;
  base: string;
  clear: string;
  extra: string;
  plain: string;
  sealed: string;
}

const vectors = JSON.parse(readFileSync(new URL("../../../media/sframe/testdata/browser.json", import.meta.url), "utf8")) as Vector[];
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (b: Uint8Array): string => Buffer.from(b).toString("hex");

describe("SFrame", () => {
  test.each(vectors)("seals and opens as the rooms do: suite $suite, key id $keyID, counter $counter", async (v) => {
    const key = await deriveKey(bytes(v.base), v.keyID, "encrypt", v.suite);
    expect(hex(await seal(key, v.keyID, v.counter, bytes(v.clear), bytes(v.extra), bytes(v.plain)))).toBe(v.sealed);
    const frame = bytes(v.sealed);
    const n = v.clear.length / 2;
    const header = parseHeader(frame.subarray(n));
    expect(header).toMatchObject({ keyID: v.keyID, counter: v.counter });
    const opening = await deriveKey(bytes(v.base), v.keyID, "decrypt", v.suite);
    if (!header) throw new Error("no header");
    expect(hex(await open(opening, frame, n, header, bytes(v.extra)))).toBe(v.plain);
    for (const at of [n + header.length, frame.length - 1]) {
      const changed = bytes(v.sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(open(opening, changed, n, header, bytes(v.extra))).rejects.toMatchObject({ fault: "auth" });
    }
  });

  test("the headers of RFC 9605 are encoded and parsed, as far as numbers are exact here", () => {
    const lines = readFileSync(new URL("../../../media/sframe/testdata/rfc9605-header.txt", import.meta.url), "utf8").split("\n");
    let exact = 0;
    for (const line of lines) {
      const [kid, ctr, text = ""] = line.split(" ");
      if (line.startsWith("#") || !text) continue;
      const [keyID, counter] = [Number(kid), Number(ctr)];
      if (!Number.isSafeInteger(keyID) || !Number.isSafeInteger(counter)) {
        expect(parseHeader(bytes(text))).toBeNull();
        continue;
      }
      exact++;
      expect(hex(encodeHeader(keyID, counter))).toBe(text);
      expect(parseHeader(bytes(text))).toEqual({ keyID, counter, length: text.length / 2 });
    }
    expect(exact).toBeGreaterThan(150);
  });

  test.each(["", "88", "8007", "0900", "0807", "f0"])("a header that is short, or not in its shortest form, is none: %s", (text) => {
    expect(parseHeader(bytes(text))).toBeNull();
  });

  test("a counter opens once, in a window of 1,024", () => {
    const window = new Window();
    for (const counter of [0, 5, 2000]) {
      expect(window.fresh(counter)).toBe(true);
      window.mark(counter);
      expect(window.fresh(counter)).toBe(false);
    }
    expect([window.fresh(977), window.fresh(976), window.fresh(1999)]).toEqual([true, false, true]);
  });
});

describe("frames", () => {
  test.each([
    ["a keyframe", "100200" + "9d012a80020000" + "aabbcc", 10],
    ["another picture", "110200" + "aabbcc", 3],
  ])("%s is taken apart and put together", (_, text, n) => {
    const parts = split("vp8", bytes(text));
    if (!parts) throw new Error("it is one");
    expect(parts.clear.length).toBe(n);
    expect(hex(parts.clear.subarray(1, 3))).toBe("ffff");
    expect(clearLength("vp8", parts.clear)).toBe(n);
    expect(hex(joined("vp8", parts.clear, parts.secret) ?? new Uint8Array())).toBe(text);
  });

  test("what is too short is no picture", () => {
    expect(split("vp8", bytes("1002"))).toBeNull();
    expect(split("vp8", bytes("100200"))).toBeNull();
  });
});

interface Layout {
  keyframe: string;
  delta: string;
  escaped: { name: string; body: string; unit: string }[];
  refused: { name: string; unit: string }[];
}

describe("H.264", () => {
  const layout = JSON.parse(readFileSync(new URL("../../../media/testdata/h264.json", import.meta.url), "utf8")) as Layout;

  test("the rooms' clear headers are known", () => {
    for (const header of [layout.keyframe, layout.delta]) {
      expect(clearLength("h264", bytes(`${header}ffee`))).toBe(header.length / 2);
      expect(keyframe("h264", bytes(`${header}ffee`))).toBe(header === layout.keyframe);
    }
    expect(clearLength("h264", bytes("0000000165"))).toBe(0);
    expect(split("h264", bytes(layout.delta))).toBeNull();
  });

  // Units: access unit delimiter, sequence and picture parameters, slices of an IDR picture and of another (H264Keyframe in Go).
  const idr = "0000000109100000000167010200000168030000016504";
  const other = "0000000109300000014104";
  test.each([
    ["a keyframe", layout.keyframe, idr, true],
    ["another picture", layout.delta, other, true],
    ["another picture under a keyframe's header", layout.keyframe, other, false],
    ["a keyframe under another's header", layout.delta, idr, false],
    ["an IDR picture without parameters, which is no keyframe", layout.delta, "0000016501", true],
    ["the same, said to be one", layout.keyframe, "0000016501", false],
    ["parameters alone", layout.keyframe, "0000016701", false],
    ["no unit at all", layout.delta, "0102", false],
    ["no header", "", other, false],
  ])("what the header says is held to what was sealed: %s", (_, header, unit, shown) => {
    const frame = joined("h264", bytes(header), bytes(unit));
    expect(frame && hex(frame)).toBe(shown ? unit : null);
  });

  test.each(layout.escaped)("what the rooms make a NAL unit of is undone: $name", ({ body, unit }) => {
    expect(hex(unescaped("h264", bytes(layout.delta + unit)) ?? new Uint8Array())).toBe(layout.delta + body);
  });

  test.each(layout.refused)("what no room sends is refused: $name", ({ unit }) => {
    expect(unescaped("h264", bytes(layout.delta + unit))).toBeNull();
  });
});

describe("epochs", () => {
  const source: MediaSource = (epoch, index, stream) =>
    index > 1 ? null : { kid: index * 4096 + stream * 256 + (epoch % 256), base: new Uint8Array(32).fill((epoch % 251) + 16 * index + 64 * stream), participant: ["mika", "aspen"][index] ?? "" };
  const epoch = (number: number, index = 0): Epoch => ({ number, commitment: new Uint8Array(32).fill(number % 251), index });
  const picture = bytes("110200aabbccddeeff");

  async function sealed(n = epoch(1)): Promise<Uint8Array> {
    const sealer = new Sealer(source);
    sealer.use(n);
    const frame = await sealer.seal(2, "vp8", picture);
    if (!frame) throw new Error("not sealed");
    return frame;
  }

  test("nothing is sent without a key, nor after it was forgotten", async () => {
    const sealer = new Sealer(source);
    expect(await sealer.seal(2, "vp8", picture)).toBeNull();
    sealer.use(epoch(1));
    expect(await sealer.seal(2, "vp8", picture)).not.toBeNull();
    const racing = sealer.seal(1, "opus", picture);
    sealer.forget(1);
    expect(await racing).toBeNull();
    expect(await sealer.seal(2, "vp8", picture)).toBeNull();
  });

  test("an epoch that is in use goes on, and no counter comes twice", async () => {
    const sealer = new Sealer(source);
    const counters: (number | undefined)[] = [];
    for (let i = 0; i < 3; i++) {
      sealer.use(epoch(1));
      const frame = await sealer.seal(2, "vp8", bytes("110200aabbccddeeff"));
      counters.push(frame ? parseHeader(frame, 3)?.counter : undefined);
    }
    expect(counters).toEqual([0, 1, 2]);
  });

  test("a frame opens once, for its own sender and stream, while its epoch is held", async () => {
    const opener = new Opener(source);
    const frame = await sealed();
    const why = async (person: string, stream: 1 | 2, data = frame): Promise<string> => {
      try {
        await opener.open(person, stream, "vp8", data);
        return "opened";
      } catch (error) {
        return (error as BadFrame).reason;
      }
    };
    expect(await why("mika", 2)).toBe("waiting-for-key");
    opener.install(epoch(1));
    expect(await why("aspen", 2)).toBe("wrong-key");
    expect(await why("mika", 1)).toBe("wrong-key");
    expect(await why("mika", 2, picture)).toBe("not-encrypted");
    expect(hex(await opener.open("mika", 2, "vp8", frame))).toBe(hex(picture));
    expect(await why("mika", 2)).toBe("replay");
    opener.forget(1);
    expect(await why("mika", 2)).toBe("waiting-for-key");
  });

  test("an epoch that comes round to the same low byte takes the old one's place", async () => {
    const opener = new Opener(source);
    opener.install(epoch(1));
    const old = await sealed();
    opener.install(epoch(257));
    await expect(opener.open("mika", 2, "vp8", old)).rejects.toBeInstanceOf(BadFrame);
  });
});
