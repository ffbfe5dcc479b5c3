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
const maxHeader = 17; // bytes
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

/** encodeHeader writes the shortest header. Key ids and counters lie below 2^53. */
export function encodeHeader(keyID: number, counter: number): Uint8Array {
  const header = new Uint8Array(maxHeader);
  return header.slice(0, writeHeader(header, 0, keyID, counter));
}

/** writeHeader writes the shortest header at a place, and returns its length. */
function writeHeader(into: Uint8Array, at: number, keyID: number, counter: number): number {
  const kid = keyID > maxInline ? lengthOf(keyID) : 0;
  const ctr = counter > maxInline ? lengthOf(counter) : 0;
  into[at] = (kid ? 0x80 | ((kid - 1) << 4) : keyID << 4) | (ctr ? 0x08 | (ctr - 1) : counter);
  write(into, at + 1, kid, keyID);
  write(into, at + 1 + kid, ctr, counter);
  return 1 + kid + ctr;
}

function headerLength(keyID: number, counter: number): number {
  return 1 + (keyID > maxInline ? lengthOf(keyID) : 0) + (counter > maxInline ? lengthOf(counter) : 0);
}

function lengthOf(value: number): number {
  let length = 0;
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) length++;
  return length;
}

function write(into: Uint8Array, at: number, length: number, value: number): void {
  for (let i = length - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) into[at + i] = rest % 256;
}

/** parseHeader reads a header in its shortest form at a place, or null. Numbers of 2^53 and above are no key id or counter of ours. */
export function parseHeader(b: Uint8Array, at = 0): Header | null {
  const config = b[at];
  if (config === undefined) return null;
  let length = 1;
  const number = (extended: boolean, inline: number): number => {
    if (!extended) return inline;
    const n = inline + 1;
    if (b.length - at - length < n) return -1;
    let value = 0;
    for (let i = 0; i < n; i++) value = value * 256 + (b[at + length + i] ?? 0);
    const shortest = value > maxInline && b[at + length] !== 0;
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
  /**
   * Nonce and additional data of a call. WebCrypto copies both before the call returns its promise, so that the next frame may
   * use them at once; new ones for each frame would cost as much as a third of the encryption.
   */
  params: { name: "AES-GCM"; iv: Uint8Array<ArrayBuffer>; additionalData: Uint8Array<ArrayBuffer>; tagLength: number };
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
  return { aead, salt: new Uint8Array(salt), params: { name: "AES-GCM", iv: new Uint8Array(nonceLength), additionalData: new Uint8Array(), tagLength: tagLength * 8 } };
}

function label(text: string, keyID: number, suite: SuiteID): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length + 10);
  new TextEncoder().encodeInto(text, bytes);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(text.length, BigInt(keyID));
  view.setUint16(text.length + 8, suite);
  return bytes;
}

/** nonce is the salt with the counter put over its end (RFC 9605, section 4.4.3). */
function nonce({ salt, params: { iv } }: Key, counter: number): void {
  iv.set(salt);
  for (let i = nonceLength - 1, rest = counter; rest > 0; i--, rest = Math.floor(rest / 256)) iv[i] = (iv[i] ?? 0) ^ rest % 256;
}

/** additional is where the additional data of a frame are put together: most frames have as many as the one before. */
function additional({ params }: Key, length: number): Uint8Array {
  if (params.additionalData.length !== length) params.additionalData = new Uint8Array(length);
  return params.additionalData;
}

// Neither of the two is an async function: each such layer has a frame wait for a turn more.

/** seal returns clear, the header, the ciphertext and the tag. extra is authenticated and not sent. */
export function seal(key: Key, keyID: number, counter: number, clear: Uint8Array, extra: Uint8Array, plain: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  if (counter >= maxFrames) return Promise.reject(new FrameError("used-up"));
  const head = headerLength(keyID, counter);
  const data = additional(key, head + clear.length + extra.length);
  writeHeader(data, 0, keyID, counter);
  data.set(clear, head);
  data.set(extra, head + clear.length);
  nonce(key, counter);
  return crypto.subtle.encrypt(key.params, key.aead, plain as Uint8Array<ArrayBuffer>).then((sealed) => {
    const frame = new Uint8Array(clear.length + head + sealed.byteLength);
    frame.set(clear);
    writeHeader(frame, clear.length, keyID, counter);
    frame.set(new Uint8Array(sealed), clear.length + head);
    return frame;
  });
}

/** open returns what is sealed in a frame with that many clear bytes. A frame that does not open is a FrameError. */
export function open(key: Key, frame: Uint8Array, clearLength: number, header: Header, extra: Uint8Array): Promise<Uint8Array> {
  const begins = clearLength + header.length;
  if (frame.length - begins < tagLength || header.counter >= maxFrames) return Promise.reject(new FrameError("malformed"));
  const data = additional(key, begins + extra.length);
  for (let i = 0; i < header.length; i++) data[i] = frame[clearLength + i] ?? 0;
  for (let i = 0; i < clearLength; i++) data[header.length + i] = frame[i] ?? 0;
  data.set(extra, begins);
  nonce(key, header.counter);
  return crypto.subtle.decrypt(key.params, key.aead, frame.subarray(begins) as Uint8Array<ArrayBuffer>).then(
    (opened) => new Uint8Array(opened),
    () => {
      throw new FrameError("auth");
    },
  );
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
