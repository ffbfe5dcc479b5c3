import type { Reason, StreamNumber } from "../protocol.ts";
import { type Codec, keyframe } from "./frames.ts";
import { BadFrame } from "./media.ts";

/** EncodedFrame is one frame between codec and network. */
export interface EncodedFrame {
  data: ArrayBuffer;
  getMetadata?(): { mimeType?: string };
}

/** Transformer is the worker's side of an RTCRtpScriptTransform (WebRTC Encoded Transform). */
export interface Transformer {
  readable: ReadableStream<EncodedFrame>;
  writable: WritableStream<EncodedFrame>;
  generateKeyFrame?(rid?: string): Promise<unknown>;
  sendKeyFrameRequest?(): Promise<void>;
}

const keyframeEvery = 500;
const badBeforeTold = 3;

const types: Record<Codec, string> = { vp8: "video/vp8", h264: "video/h264", opus: "audio/opus" };

/** codecOf returns a frame's codec; null: it is none of the protocol's, and would have other clear bytes. */
function codecOf(frame: EncodedFrame, allowed: Codec[]): Codec | null {
  const type = frame.getMetadata?.().mimeType?.toLowerCase();
  return allowed.find((codec) => type === undefined || type === types[codec]) ?? null;
}

/** sendThrough seals what a sender sends. A frame that cannot be sealed is not sent. */
export function sendThrough(
  { readable, writable }: Transformer,
  stream: StreamNumber,
  seal: (codec: Codec, data: Uint8Array) => Promise<Uint8Array<ArrayBuffer> | null>,
): void {
  const allowed: Codec[] = stream === 1 || stream === 4 ? ["opus"] : ["vp8"];
  const sealing = new TransformStream<EncodedFrame, EncodedFrame>({
    async transform(frame, controller) {
      const codec = codecOf(frame, allowed);
      if (!codec || frame.data.byteLength === 0) return;
      const sealed = await seal(codec, new Uint8Array(frame.data)).catch(() => null);
      if (!sealed) return;
      frame.data = sealed.buffer;
      controller.enqueue(frame);
    },
  });
  // The pipe ends with the track.
  readable.pipeThrough(sealing).pipeTo(writable).catch(() => undefined);
}

/** Receivers is what a receiver's frames need. */
export interface Receivers {
  open(person: string, stream: StreamNumber, codec: Codec, data: Uint8Array): Promise<Uint8Array>;
  missing(kid: number): void;
  tell(person: string, stream: StreamNumber, reason: Reason): void;
}

/** Receiving opens what a receiver receives. Until its owner is known, and whenever a frame does not open, nothing comes out. */
export class Receiving {
  owner: { person: string; stream: StreamNumber } | null = null;
  private told: Reason = "";
  private bad = 0;
  /** A picture that needs one that did not open is dropped too. */
  private broken = true;
  private asked = -keyframeEvery;

  constructor(
    private readonly transformer: Transformer,
    private readonly kind: "audio" | "video",
    private readonly with_: Receivers,
  ) {
    const opening = new TransformStream<EncodedFrame, EncodedFrame>({ transform: (frame, controller) => this.frame(frame, controller) });
    transformer.readable.pipeThrough(opening).pipeTo(transformer.writable).catch(() => undefined);
  }

  private async frame(frame: EncodedFrame, controller: TransformStreamDefaultController<EncodedFrame>): Promise<void> {
    const { owner } = this;
    if (!owner || frame.data.byteLength === 0) return;
    const codec = codecOf(frame, this.kind === "video" ? ["vp8", "h264"] : ["opus"]);
    const sealed = new Uint8Array(frame.data);
    const key = codec !== null && keyframe(codec, sealed);
    let plain: Uint8Array;
    try {
      if (!codec) throw new BadFrame("not-encrypted");
      plain = await this.with_.open(owner.person, owner.stream, codec, sealed);
    } catch (error) {
      return this.drop(owner, error);
    }
    this.bad = 0;
    this.say(owner, "");
    if (this.broken && !key) return this.want();
    this.broken = false;
    frame.data = plain.buffer as ArrayBuffer;
    controller.enqueue(frame);
  }

  private drop(owner: { person: string; stream: StreamNumber }, error: unknown): void {
    this.broken = true;
    this.want();
    const reason = error instanceof BadFrame ? error.reason : "wrong-key";
    if (error instanceof BadFrame && error.missing !== undefined) this.with_.missing(error.missing);
    if (++this.bad >= badBeforeTold) this.say(owner, reason);
  }

  private want(): void {
    const now = performance.now();
    if (this.kind !== "video" || now - this.asked < keyframeEvery) return;
    this.asked = now;
    this.transformer.sendKeyFrameRequest?.().catch(() => undefined);
  }

  private say({ person, stream }: { person: string; stream: StreamNumber }, reason: Reason): void {
    if (this.told === reason) return;
    this.told = reason;
    this.with_.tell(person, stream, reason);
  }
}
