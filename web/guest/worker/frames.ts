// What of a frame stays in clear (meeting/SPEC.md, section 10): media/clear.go is the same in Go.

const tag = 3;
const keyframeClear = 10;

/** Codec is the coding of a frame: VP8 pictures, Opus sound. */
export type Codec = "vp8" | "opus";

/** keyframe reports whether a VP8 frame, sealed or not, needs no earlier one. */
export function keyframe(data: Uint8Array): boolean {
  return data.length > 0 && ((data[0] ?? 1) & 1) === 0;
}

/** clearLength is how many leading bytes of a frame are in clear. */
export function clearLength(codec: Codec, data: Uint8Array): number {
  if (codec !== "vp8" || data.length === 0) return 0;
  return Math.min(keyframe(data) ? keyframeClear : tag, data.length);
}

/** split takes a frame apart, in its place, into its clear header and what is to be sealed; null: it is no frame. */
export function split(codec: Codec, data: Uint8Array): { clear: Uint8Array; secret: Uint8Array } | null {
  if (codec !== "vp8") return { clear: new Uint8Array(), secret: data };
  const n = clearLength(codec, data);
  if (n < (keyframe(data) ? keyframeClear : tag)) return null;
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
  if (codec !== "vp8") return opened;
  if (clear.length < tag || opened.length < tag) return null;
  if (clear.length === tag) return opened; // all else was sealed
  const data = new Uint8Array(clear.length + opened.length - tag);
  data.set(opened.subarray(0, tag));
  data.set(clear.subarray(tag), tag);
  data.set(opened.subarray(tag), clear.length);
  return data;
}
