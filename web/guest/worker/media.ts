import type { Reason, StreamNumber } from "../protocol.ts";
import { clearLength, type Codec, joined, split, unescaped } from "./frames.ts";
import { deriveKey, FrameError, type Key, open, parseHeader, seal, Window } from "./sframe.ts";

/** Epoch names a key of the meeting; index is this participant's own roster index in it. */
export interface Epoch {
  number: number;
  commitment: Uint8Array;
  index: number;
}

/** MediaKey is a stream's key as the core made it. */
export interface MediaKey {
  kid: number;
  base: Uint8Array;
  participant: string;
}

/** MediaSource asks the core for a stream's key; null: there is none. */
export type MediaSource = (epoch: number, index: number, stream: number) => MediaKey | null;

/** BadFrame says why a frame is not shown. */
export class BadFrame extends Error {
  constructor(
    readonly reason: Exclude<Reason, "">,
    /** The key id, where its key is missing. */
    readonly missing?: number,
  ) {
    super(reason);
  }
}

interface Sending {
  kid: number;
  key: Key;
  counter: number;
}

/** Sealer seals the guest's own frames with the epoch that the core certified for sending. */
export class Sealer {
  private epoch: Epoch | null = null;
  private keys = new Map<StreamNumber, Sending | null | Promise<Sending | null>>();

  constructor(private readonly source: MediaSource) {}

  /**
   * use seals everything from now on with an epoch; null: nothing is sealed, and so nothing is sent. An epoch that is in use
   * goes on: to begin it anew would count from 0 again, under the same key.
   */
  use(epoch: Epoch | null): void {
    if (epoch && this.epoch?.number === epoch.number) return;
    this.epoch = epoch;
    this.keys = new Map();
  }

  forget(epoch: number): void {
    if (this.epoch?.number === epoch) this.use(null);
  }

  /** seal takes a frame, and promises it as it goes to the relay; null: there is no key, and the frame is not sent. */
  seal(stream: StreamNumber, codec: Codec, data: Uint8Array): Promise<Uint8Array<ArrayBuffer> | null> {
    const { epoch } = this;
    if (!epoch) return Promise.resolve(null);
    const made = this.keys.get(stream);
    // A key that is there needs no waiting.
    if (made !== undefined && !(made instanceof Promise)) return this.sealWith(epoch, made, codec, data);
    return (made ?? this.begin(epoch, stream)).then((key) => this.sealWith(epoch, key, codec, data));
  }

  private sealWith(epoch: Epoch, sending: Sending | null, codec: Codec, data: Uint8Array): Promise<Uint8Array<ArrayBuffer> | null> {
    const parts = split(codec, data);
    // An epoch that was forgotten while the key was derived must not be sent with.
    if (!sending || !parts || this.epoch !== epoch) return Promise.resolve(null);
    return seal(sending.key, sending.kid, sending.counter++, parts.clear, epoch.commitment, parts.secret);
  }

  private begin(epoch: Epoch, stream: StreamNumber): Promise<Sending | null> {
    const { keys } = this;
    const deriving = this.derive(epoch, stream);
    keys.set(stream, deriving);
    deriving.then(
      (key) => keys.set(stream, key),
      () => undefined, // whoever waits for it hears of it
    );
    return deriving;
  }

  private async derive(epoch: Epoch, stream: StreamNumber): Promise<Sending | null> {
    const media = this.source(epoch.number, epoch.index, stream);
    if (!media) return null;
    const key = await deriveKey(media.base, media.kid, "encrypt");
    media.base.fill(0);
    return { kid: media.kid, key, counter: 0 };
  }
}

interface Held {
  epoch: number;
  participant: string;
  key: Promise<Key>;
  window: Window;
}

/** Opener opens the others' frames with the epochs that the core gave. */
export class Opener {
  private readonly epochs = new Map<number, Epoch>(); // by the low 8 bits that a key id carries
  private readonly held = new Map<number, Held>();

  constructor(private readonly source: MediaSource) {}

  install(epoch: Epoch): void {
    const low = epoch.number % 256;
    const old = this.epochs.get(low);
    if (old && old.number !== epoch.number) this.forget(old.number);
    this.epochs.set(low, epoch);
  }

  forget(epoch: number): void {
    for (const [kid, held] of this.held) if (held.epoch === epoch) this.held.delete(kid);
    if (this.epochs.get(epoch % 256)?.number === epoch) this.epochs.delete(epoch % 256);
  }

  forgetAll(): void {
    this.held.clear();
    this.epochs.clear();
  }

  /** open returns the plain frame. The relay's word on whose it is counts for nothing: the key id names sender and stream. */
  async open(person: string, stream: StreamNumber, codec: Codec, received: Uint8Array): Promise<Uint8Array> {
    const data = unescaped(codec, received);
    if (!data) throw new BadFrame("not-encrypted");
    const n = clearLength(codec, data);
    const header = parseHeader(data, n);
    if (!header) throw new BadFrame("not-encrypted");
    const of = Math.floor(header.keyID / 256) % 16;
    const index = Math.floor(header.keyID / 4096);
    if (of < 1 || of > 4 || index >= 2 ** 32 - 1) throw new BadFrame("not-encrypted");
    if (of !== stream) throw new BadFrame("wrong-key");
    const epoch = this.epochs.get(header.keyID % 256);
    if (!epoch) throw new BadFrame("waiting-for-key", header.keyID);
    const held = this.hold(header.keyID, epoch, index, of);
    if (held.participant !== person) throw new BadFrame("wrong-key");
    if (!held.window.fresh(header.counter)) throw new BadFrame("replay");
    let opened: Uint8Array;
    try {
      opened = await open(await held.key, data, n, header, epoch.commitment);
    } catch (error) {
      throw new BadFrame(error instanceof FrameError && error.fault === "malformed" ? "not-encrypted" : "wrong-key");
    }
    // While it was opened, the key may have been forgotten, or the same frame been opened by another transform.
    if (this.held.get(header.keyID) !== held) throw new BadFrame("waiting-for-key");
    if (!held.window.fresh(header.counter)) throw new BadFrame("replay");
    held.window.mark(header.counter);
    const frame = joined(codec, data.subarray(0, n), opened);
    if (!frame) throw new BadFrame("not-encrypted");
    return frame;
  }

  private hold(kid: number, epoch: Epoch, index: number, stream: number): Held {
    const known = this.held.get(kid);
    if (known) return known;
    const media = this.source(epoch.number, index, stream);
    if (!media || media.kid !== kid) throw new BadFrame("waiting-for-key", kid);
    const key = deriveKey(media.base, kid, "decrypt").finally(() => media.base.fill(0));
    const held: Held = { epoch: epoch.number, participant: media.participant, key, window: new Window() };
    this.held.set(kid, held);
    return held;
  }
}
