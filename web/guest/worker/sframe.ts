// SFrame (RFC 9605) with WebCrypto: the header, the keys, sealing and opening. media/sframe is the same in Go; its test
// vectors are this one's too (tests/unit/sframe.test.ts).

/** Suites by their number in RFC 9605, section 8.1. Meetings use 5; 4 is there for the RFC's own figures. */
const suites = { 4: { hash: "SHA-256", keyBits: 128 }, 5: { hash: "SHA-512", keyBits: 256 } } as const;

/** SuiteID is the number of a cipher suite. */
export type SuiteID = keyof typeof suites;

/** meetingSuite is AES-256-GCM with SHA-512 and tags of 16 bytes. */
export const meetingSuite: SuiteID = 5;

export const tagLength = 16;
const nonceLength = 12;
const maxInline = 7;
// Far more frames than an epoch has, far below where AES-GCM's margins end; the same bound as the rooms'.
const maxFrames = 2 ** 36;

/** Why a frame does not open. The words are those of the State's tiles, where there is one. */
export type OpenFault = "malformed" | "no-key" | "replay" | "auth";

/** FrameError says why a frame was not opened or sealed. */
export class FrameError extends Error {
  constructor(readonly fault: OpenFault | "used-up") {
    super(`sframe: ${fault}`);
  }
}

/** Header is a parsed SFrame header; length is in bytes. */
export interface Header {
  keyID: number;
  counter: number;
  length: number;
}

function bytesOf(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return bytes;
}

/** encodeHeader writes the shortest header. Key ids and counters lie below 2^53. */
export function encodeHeader(keyID: number, counter: number): Uint8Array {
  const kid = keyID > maxInline ? bytesOf(keyID) : [];
  const ctr = counter > maxInline ? bytesOf(counter) : [];
  const config = (kid.length ? 0x80 | ((kid.length - 1) << 4) : keyID << 4) | (ctr.length ? 0x08 | (ctr.length - 1) : counter);
  return Uint8Array.of(config, ...kid, ...ctr);
}

/** parseHeader reads a header in its shortest form, or null. Numbers of 2^53 and above are no key id or counter of ours. */
export function parseHeader(b: Uint8Array): Header | null {
  const config = b[0];
  if (config === undefined) return null;
  let length = 1;
  const number = (extended: boolean, inline: number): number => {
    if (!extended) return inline;
    const n = inline + 1;
    if (b.length - length < n) return -1;
    let value = 0;
    for (let i = 0; i < n; i++) value = value * 256 + (b[length + i] ?? 0);
    const shortest = value > maxInline && b[length] !== 0;
    length += n;
    return shortest && Number.isSafeInteger(value) ? value : -1;
  };
  const keyID = number((config & 0x80) !== 0, (config >> 4) & maxInline);
  const counter = keyID < 0 ? -1 : number((config & 0x08) !== 0, config & maxInline);
  return keyID < 0 || counter < 0 ? null : { keyID, counter, length };
}

/** Key seals or opens frames under one key id. */
export interface Key {
  aead: CryptoKey;
  salt: Uint8Array;
}

/** deriveKey makes the AES key and the salt of a base key (RFC 9605, section 4.4.2). */
export async function deriveKey(baseKey: Uint8Array, keyID: number, use: "encrypt" | "decrypt", suite: SuiteID = meetingSuite): Promise<Key> {
  const { hash, keyBits } = suites[suite];
  const base = await crypto.subtle.importKey("raw", copy(baseKey), "HKDF", false, ["deriveBits", "deriveKey"]);
  const derivation = (text: string): HkdfParams => ({ name: "HKDF", hash, salt: new Uint8Array(), info: label(text, keyID, suite) });
  const [aead, salt] = await Promise.all([
    crypto.subtle.deriveKey(derivation("SFrame 1.0 Secret key "), base, { name: "AES-GCM", length: keyBits }, false, [use]),
    crypto.subtle.deriveBits(derivation("SFrame 1.0 Secret salt "), base, nonceLength * 8),
  ]);
  return { aead, salt: new Uint8Array(salt) };
}

function label(text: string, keyID: number, suite: SuiteID): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length + 10);
  new TextEncoder().encodeInto(text, bytes);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(text.length, BigInt(keyID));
  view.setUint16(text.length + 8, suite);
  return bytes;
}

/** nonceOf is the salt with the counter put over its end (RFC 9605, section 4.4.3). */
export function nonceOf(salt: Uint8Array, counter: number): Uint8Array<ArrayBuffer> {
  const nonce = copy(salt);
  const view = new DataView(nonce.buffer);
  view.setUint32(4, view.getUint32(4) ^ Math.floor(counter / 2 ** 32));
  view.setUint32(8, view.getUint32(8) ^ counter % 2 ** 32);
  return nonce;
}

/** seal returns clear, the header, the ciphertext and the tag. extra is authenticated and not sent. */
export async function seal(key: Key, keyID: number, counter: number, clear: Uint8Array, extra: Uint8Array, plain: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (counter >= maxFrames) throw new FrameError("used-up");
  const head = encodeHeader(keyID, counter);
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv: nonceOf(key.salt, counter), additionalData: join(head, clear, extra), tagLength: tagLength * 8 },
    key.aead,
    plain as Uint8Array<ArrayBuffer>,
  );
  return join(clear, head, new Uint8Array(sealed));
}

/** open returns what is sealed in a frame with that many clear bytes. A frame that does not open is a FrameError. */
export async function open(key: Key, frame: Uint8Array, clearLength: number, header: Header, extra: Uint8Array): Promise<Uint8Array> {
  const rest = frame.subarray(clearLength);
  const sealed = rest.subarray(header.length);
  if (sealed.length < tagLength || header.counter >= maxFrames) throw new FrameError("malformed");
  const additionalData = join(rest.subarray(0, header.length), frame.subarray(0, clearLength), extra);
  try {
    const iv = nonceOf(key.salt, header.counter);
    return new Uint8Array(
      await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData, tagLength: tagLength * 8 }, key.aead, sealed as Uint8Array<ArrayBuffer>),
    );
  } catch {
    throw new FrameError("auth");
  }
}

/** join puts byte strings one behind the other. */
export function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

const windowSize = 1024;

/** Window remembers which counters were seen: the highest, and which of the 1,024 up to it. */
export class Window {
  private next = 0;
  private readonly seen = new Uint8Array(windowSize);

  /** fresh reports whether a counter was not seen yet. One too old to be known counts as seen. */
  fresh(counter: number): boolean {
    if (counter >= this.next) return true;
    return this.next - counter <= windowSize && this.seen[counter % windowSize] === 0;
  }

  /** mark remembers a counter. Only one whose frame proved authentic: a forged frame must not move the window. */
  mark(counter: number): void {
    if (counter >= this.next) {
      if (counter - this.next >= windowSize) this.seen.fill(0);
      else for (let c = this.next; c <= counter; c++) this.seen[c % windowSize] = 0;
      this.next = counter + 1;
    }
    this.seen[counter % windowSize] = 1;
  }
}
