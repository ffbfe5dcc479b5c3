// What of a frame stays in clear (meeting/SPEC.md, section 10): media/clear.go and media/h264.go are the same in Go. A guest's
// own pictures are VP8; H.264 is only opened.

const tag = 3;
const keyframeClear = 10;

/** Codec is the coding of a frame: VP8 and H.264 pictures, Opus sound. */
export type Codec = "vp8" | "h264" | "opus";

/** The clear headers of H.264, which are the same whatever the picture is. */
const h264Keyframe = fromHex("000000016742e01fda014016e80784423500000001" + "68ce3c8000000001" + "65888400c87f");
const h264Delta = fromHex("00000001419a000321");
const preventer = 3;
const stop = 0x80;

function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

function begins(data: Uint8Array, header: Uint8Array): boolean {
  return data.length >= header.length && header.every((b, i) => data[i] === b);
}

/** keyframe reports whether a sealed frame needs no earlier one. */
export function keyframe(codec: Codec, data: Uint8Array): boolean {
  if (codec === "opus") return true;
  if (codec === "h264") return begins(data, h264Keyframe);
  return data.length > 0 && ((data[0] ?? 1) & 1) === 0;
}

/** unescaped returns an H.264 frame as it was sealed, without what made a NAL unit of it; null: it is none. */
export function unescaped(codec: Codec, data: Uint8Array): Uint8Array | null {
  if (codec !== "h264") return data;
  const n = clearLength(codec, data);
  const end = data.length - 1;
  if (n === 0 || end < n || data[end] !== stop) return null;
  const plain = new Uint8Array(end);
  plain.set(data.subarray(0, n));
  let length = n;
  let zeros = 0;
  for (let i = n; i < end; i++) {
    const byte = data[i] as number;
    if (zeros < 2 || byte > preventer) plain[length++] = byte;
    else if (byte < preventer || i + 1 === end || (data[i + 1] as number) > preventer) return null;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return plain.subarray(0, length);
}

/**
 * needsNone reports whether an access unit of H.264 needs no earlier one: its first slice is an IDR picture's, and sequence
 * parameters stand before it; null: it has no slice.
 */
function needsNone(unit: Uint8Array): boolean | null {
  let parameters = false;
  for (let i = 0; i + 3 < unit.length; i++) {
    if (unit[i] !== 0 || unit[i + 1] !== 0 || unit[i + 2] !== 1) continue;
    const kind = (unit[i + 3] as number) & 0x1f;
    if (kind === 1 || kind === 5) return kind === 5 && parameters;
    if (kind === 7) parameters = true;
  }
  return null;
}

/** clearLength is how many leading bytes of a frame are in clear. */
export function clearLength(codec: Codec, data: Uint8Array): number {
  if (codec === "h264") return [h264Keyframe, h264Delta].find((header) => begins(data, header))?.length ?? 0;
  if (codec !== "vp8" || data.length === 0) return 0;
  return Math.min(keyframe(codec, data) ? keyframeClear : tag, data.length);
}

/** split takes a frame apart, in its place, into its clear header and what is to be sealed; null: it is no frame, or one of a codec that guests do not send. */
export function split(codec: Codec, data: Uint8Array): { clear: Uint8Array; secret: Uint8Array } | null {
  if (codec === "h264") return null;
  if (codec !== "vp8") return { clear: new Uint8Array(), secret: data };
  const n = clearLength(codec, data);
  if (n < (keyframe(codec, data) ? keyframeClear : tag)) return null;
  const clear = data.slice(0, n);
  const secret = n === tag ? data : data.subarray(n - tag);
  for (let i = 0; i < tag; i++) secret[i] = clear[i] ?? 0;
  // The size of the first partition is set to the largest there is.
  clear[0] = (clear[0] ?? 0) | 0xe0;
  for (let i = 1; i < tag; i++) clear[i] = 0xff;
  return { clear, secret };
}

/** joined puts a frame together from its clear header and what was opened; null: it is no frame. */
export function joined(codec: Codec, clear: Uint8Array, opened: Uint8Array): Uint8Array | null {
  if (codec === "h264") return clear.length > 0 && needsNone(opened) === keyframe(codec, clear) ? opened : null;
  if (codec !== "vp8") return opened;
  if (clear.length < tag || opened.length < tag) return null;
  if (clear.length === tag) return opened; // all else was sealed
  const data = new Uint8Array(clear.length + opened.length - tag);
  data.set(opened.subarray(0, tag));
  data.set(clear.subarray(tag), tag);
  data.set(opened.subarray(tag), clear.length);
  return data;
}
