import { type MediaKey, Opener, Sealer } from "../../../guest/worker/media.ts";

// Runs in a page; ../frames.ts says what for.

/** Times are milliseconds a frame, of each round. */
export interface Times {
  bareSeal: number[];
  seal: number[];
  bareOpen: number[];
  open: number[];
}

/** Work is what is measured: frames of one kind, in turns of so many, one after another or each after a pause. */
export interface Work {
  rounds: number;
  perRound: number;
  size: number; // bytes
  codec: "vp8" | "opus";
  keyframe: boolean;
  paused: boolean;
}

const warmUp = 100; // rounds

/** measure seals and opens frames as the worker does, and as WebCrypto alone does. */
export async function measure(wanted: Work): Promise<Times> {
  const stream = wanted.codec === "vp8" ? 2 : 1;
  const kid = 7 + 256 * stream + 4096 * 3; // epoch 7, camera or microphone, index 3
  const source = (): MediaKey => ({ kid, base: new Uint8Array(64).fill(9), participant: "p" });
  const epoch = { number: 7, commitment: new Uint8Array(32), index: 3 };
  const sealer = new Sealer(source);
  const opener = new Opener(source);
  sealer.use(epoch);
  opener.install(epoch);
  const plain = crypto.getRandomValues(new Uint8Array(wanted.size));
  const aead = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const iv = new Uint8Array(12);
  let counter = 0;
  const params = (n: number): AesGcmParams => {
    new DataView(iv.buffer).setUint32(8, n);
    return { name: "AES-GCM", iv, additionalData: epoch.commitment, tagLength: 128 };
  };
  const timed = async (times: number[], work: (i: number) => Promise<unknown>): Promise<void> => {
    let taken = 0;
    for (let i = 0; i < wanted.perRound; i++) {
      if (wanted.paused) await new Promise((next) => setTimeout(next, 1));
      const began = performance.now();
      await work(i);
      taken += performance.now() - began;
    }
    times.push(taken / wanted.perRound);
  };
  const times: Times = { bareSeal: [], seal: [], bareOpen: [], open: [] };
  for (let round = -warmUp; round < wanted.rounds; round++) {
    const [bare, ours]: [ArrayBuffer[], Uint8Array[]] = [[], []];
    const first = counter;
    const into = round < 0 ? { bareSeal: [], seal: [], bareOpen: [], open: [] } : times; // as when a meeting has begun long ago
    const bareSeal = (): Promise<void> => timed(into.bareSeal, async (i) => (bare[i] = await crypto.subtle.encrypt(params(counter++), aead, plain)));
    const seal = (): Promise<void> => timed(into.seal, async (i) => {
      plain[0] = wanted.keyframe ? 0 : 1; // sealing uses the place of the frame
      ours[i] = (await sealer.seal(stream, wanted.codec, plain)) ?? new Uint8Array();
    });
    // Who goes first changes.
    for (const work of round % 2 ? [bareSeal, seal] : [seal, bareSeal]) await work();
    const bareOpen = (): Promise<void> => timed(into.bareOpen, (i) => crypto.subtle.decrypt(params(first + i), aead, bare[i] as ArrayBuffer));
    const open = (): Promise<void> => timed(into.open, (i) => opener.open("p", stream, wanted.codec, ours[i] as Uint8Array));
    if (wanted.codec === "vp8" && wanted.keyframe !== ((ours[0]?.[0] ?? 0) % 2 === 0)) throw new Error("these are other frames than those asked for");
    for (const work of round % 2 ? [bareOpen, open] : [open, bareOpen]) await work();
  }
  return times;
}
