// The meeting core: Go's program, and the shape of what it takes and gives (meeting/guest).
import "../../var/wasm_exec.js";
import coreURL from "../../var/guest.wasm?url";
import type { CoreEvent, CoreView } from "../protocol.ts";
import type { Epoch, MediaKey } from "./media.ts";

declare const __CORE_SHA256__: string;

/** Output is what the core asks to be done, in this order: open, seal, forget, send. */
export interface Output {
  send: { to: string; data: Uint8Array }[];
  sign: { id: number; input: Uint8Array<ArrayBuffer> }[];
  open: Epoch[];
  seal: Epoch | null;
  newReceivers: boolean;
  forget: number[];
  events: CoreEvent[];
  /** In milliseconds since 1970; null: nothing is due. */
  next: number | null;
  view: CoreView;
}

/** Place is what the hub gave, with this browser's own keys. */
export interface Place {
  meeting: string;
  instance: string;
  participant: string;
  device: string;
  identityKey: Uint8Array;
  statement: Uint8Array;
  hubKey: Uint8Array;
}

type Failed = { error: string };

/** Core has a function for each method of guest.Guest. */
export interface Core {
  requestKey(now: number, identity: Uint8Array): Uint8Array<ArrayBuffer> | Failed;
  mandate(signature: Uint8Array): null | Failed;
  authorize(now: number, method: string, path: string, body: Uint8Array): string | Failed;
  media(epoch: number, index: number, stream: number): MediaKey | null;
  begin(now: number, place: Place): Output | Failed;
  signed(now: number, id: number, signature: Uint8Array): Output | Failed;
  connected(now: number): Output | Failed;
  disconnected(now: number): Output | Failed;
  present(now: number, ids: string[]): Output | Failed;
  gone(now: number, id: string): Output | Failed;
  received(now: number, from: string, data: Uint8Array): Output | Failed;
  tick(now: number): Output | Failed;
  keyMissing(now: number, kid: number): Output | Failed;
  leave(now: number): Output | Failed;
  chat(now: number, text: string): Output | Failed;
  hand(now: number, raised: boolean): Output | Failed;
  react(now: number, reaction: string): Output | Failed;
  compare(now: number, matches: boolean, digits: string): Output | Failed;
}

/** good returns what the core answered, or throws its sentence. */
export function good<T>(answer: T | Failed): T {
  if (answer && typeof answer === "object" && "error" in answer) throw new Error(answer.error);
  return answer as T;
}

interface GoProgram {
  importObject: WebAssembly.Imports;
  run(instance: WebAssembly.Instance): Promise<void>;
}

declare global {
  // eslint-disable-next-line no-var
  var Go: new () => GoProgram;
  // eslint-disable-next-line no-var
  var greenroomCoreStarted: (core: Core) => void;
}

/** Started is a running core, and what it was: SHA-256 and size of the program, and how long it took to start. */
export interface Started {
  core: Core;
  digest: string;
  bytes: number;
  millis: number;
}

/** startCore fetches the program, refuses it unless it is the one that this page was built with, and starts it. */
export async function startCore(ended: (why: string) => void): Promise<Started> {
  const began = performance.now();
  const answer = await fetch(new URL(coreURL, location.origin), { integrity: `sha256-${__CORE_SHA256__}` });
  if (!answer.ok) throw new Error(`the meeting core was not found (${answer.status})`);
  const program = await answer.arrayBuffer();
  const digest = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", program)));
  const go = new Go();
  const { instance } = await WebAssembly.instantiate(program, go.importObject);
  const core = await new Promise<Core>((resolve, reject) => {
    globalThis.greenroomCoreStarted = resolve;
    go.run(instance).then(
      () => ended("the meeting core has ended"),
      (error: unknown) => reject(error instanceof Error ? error : new Error(String(error))),
    );
  });
  return { core, digest, bytes: program.byteLength, millis: performance.now() - began };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
