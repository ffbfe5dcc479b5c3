import { type MediaKey, Opener, Sealer } from "../../../guest/worker/media.ts";

// Runs in a page; ../frames.ts says what for.

/** Times are milliseconds a frame, of each round. */
export interface Times {
  bareSeal: number[];
  seal: number[];
  bareOpen: number[];
  open: number[];
}

/** measure seals and opens frames as the worker does, and as WebCrypto alone does. */
export async function measure(wanted: { rounds: number; perRound: number; frameSize: number }): Promise<Times> {
  const kid = 7 + 256 * 2 + 4096 * 3; // epoch 7, camera, index 3
  const source = (): MediaKey => ({ kid, base: new Uint8Array(64).fill(9), participant: "p" });
  const epoch = { number: 7, commitment: new Uint8Array(32), index: 3 };
  const sealer = new Sealer(source);
  const opener = new Opener(source);
  sealer.use(epoch);
  opener.install(epoch);
  const plain = crypto.getRandomValues(new Uint8Array(wanted.frameSize));
  plain[0] = 1; // not a keyframe
  const aead = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const iv = new Uint8Array(12);
  let counter = 0;
  const params = (n: number): AesGcmParams => {
    new DataView(iv.buffer).setUint32(8, n);
    return { name: "AES-GCM", iv, additionalData: epoch.commitment, tagLength: 128 };
  };
  const timed = async (times: number[], work: (i: number) => Promise<unknown>): Promise<void> => {
    const began = performance.now();
    for (let i = 0; i < wanted.perRound; i++) await work(i);
    times.push((performance.now() - began) / wanted.perRound);
  };
  const times: Times = { bareSeal: [], seal: [], bareOpen: [], open: [] };
  for (let round = -20; round < wanted.rounds; round++) {
    const [bare, ours]: [ArrayBuffer[], Uint8Array[]] = [[], []];
    const first = counter;
    const into = round < 0 ? { bareSeal: [], seal: [], bareOpen: [], open: [] } : times; // the first rounds warm up
    const bareSeal = (): Promise<void> => timed(into.bareSeal, async (i) => (bare[i] = await crypto.subtle.encrypt(params(counter++), aead, plain)));
    const seal = (): Promise<void> => timed(into.seal, async (i) => (ours[i] = (await sealer.seal(2, "vp8", plain)) ?? new Uint8Array()));
    // Who goes first changes.
    for (const work of round % 2 ? [bareSeal, seal] : [seal, bareSeal]) await work();
    const bareOpen = (): Promise<void> => timed(into.bareOpen, (i) => crypto.subtle.decrypt(params(first + i), aead, bare[i] as ArrayBuffer));
    const open = (): Promise<void> => timed(into.open, (i) => opener.open("p", 2, "vp8", ours[i] as Uint8Array));
    for (const work of round % 2 ? [bareOpen, open] : [open, bareOpen]) await work();
  }
  return times;
}
