import { plainName } from "../shared/read.ts";
import type { Devices } from "./devices.ts";
import type { CoreEvent, CoreView, Entry, FromWorker, Reason, StreamNumber, ToWorker } from "./protocol.ts";
import { Relay } from "./relay.ts";
import { sealPeerConnections } from "./sealed-peer.ts";

/** Over is why a meeting is over, or was not entered: a code, and a sentence of the hub or the core in English. */
export interface Over {
  code: string;
  text: string;
  retryAfter: number;
}

/** Line is one line of chat. */
export interface Line {
  name: string;
  text: string;
  own: boolean;
  at: number;
}

/** Notice is a change that is announced for some seconds. */
export interface Notice {
  kind: string;
  name: string;
  code: string;
  text: string;
  until: number;
}

const noticeTime = 10_000;
const linesKept = 200;

/** Session is one browser's way into a meeting, in it, and out again. */
export class Session {
  /** What the page shows. */
  stage: "start" | "asking" | "meeting" | "over" = "start";
  over: Over | null = null;
  view: CoreView | null = null;
  title = "";
  number = "";
  hub = "";
  /** Who does not answer while the page waits, and is asked again and again. */
  away: "" | "hub" | "relay" = "";
  linkUp = false;
  linkSince = Date.now();
  muted = false;
  cameraOff = false;
  lines: Line[] = [];
  notices: Notice[] = [];
  reactions = new Map<string, string>();
  digest = "";
  coreBytes = 0;
  coreMillis = 0;
  relay: Relay | null = null;
  private readonly reasons = new Map<string, Reason>();
  private visit = "";
  private entry: Entry | null = null;
  private waiting = false;
  private done: (() => void) | null = null;

  /** worker comes from startWorker. */
  constructor(
    private readonly worker: Worker,
    private readonly devices: Devices,
    private readonly changed: () => void,
  ) {
    this.worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.heard(data);
    this.worker.onerror = () => this.end({ code: "worker", text: "", retryAfter: 0 });
    sealPeerConnections(this.worker);
    this.ask({ do: "prepare" });
  }

  /** reasonOf says why somebody's stream is not shown; undefined: nothing was opened yet. */
  reasonOf(person: string, stream: StreamNumber): Reason | undefined {
    return this.reasons.get(`${person}/${stream}`);
  }

  join(entry: Entry, visit: string): void {
    this.visit = visit;
    this.entry = entry;
    this.stage = "asking";
    this.over = null;
    this.view = null;
    this.lines = [];
    this.notices = [];
    this.reasons.clear();
    this.waiting = true;
    this.away = "";
    this.ask({ do: "join", entry, visit });
    this.changed();
  }

  /** leave ends the visit: keys are erased, the place is given up. */
  async leave(over: Over = { code: "left", text: "", retryAfter: 0 }): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      this.done = resolve;
      setTimeout(resolve, 2000);
    });
    this.ask({ do: "leave" });
    this.end(over, false);
    await gone;
    await this.hangUp();
  }

  chat(text: string): void {
    this.ask({ do: "chat", text });
  }

  hand(raised: boolean): void {
    this.ask({ do: "hand", raised });
  }

  compare(matches: boolean, digits: string): void {
    this.ask({ do: "compare", matches, digits });
  }

  async setMuted(muted: boolean): Promise<void> {
    this.muted = muted;
    if (this.devices.microphone) this.devices.microphone.enabled = !muted;
    this.changed();
    await this.relay?.setMuted("microphone", muted);
  }

  async setCameraOff(off: boolean): Promise<void> {
    this.cameraOff = off;
    if (this.devices.camera) this.devices.camera.enabled = !off;
    this.changed();
    await this.relay?.setMuted("camera", off);
  }

  private ask(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  private heard(message: FromWorker): void {
    switch (message.tell) {
      case "ready":
        this.digest = message.digest;
        this.coreBytes = message.bytes;
        this.coreMillis = message.millis;
        break;
      case "hub-away":
        this.away = "hub";
        break;
      case "place":
        this.away = "";
        this.title = plainName(message.title);
        this.number = message.number;
        this.hub = plainName(message.hub);
        void this.enter(message.relayURL, message.token);
        break;
      case "token":
        this.relay?.renewed(message.token);
        break;
      case "refused":
        this.end({ code: message.code, text: message.message, retryAfter: message.retryAfter });
        break;
      case "send":
        void this.relay?.send(message.to, message.data);
        break;
      case "view":
        this.seen(message.view);
        break;
      case "event":
        this.happened(message.event);
        break;
      case "stream":
        this.reasons.set(`${message.person}/${message.stream}`, message.reason);
        break;
      case "fault":
        this.end({ code: "fault", text: message.message, retryAfter: 0 });
        break;
      case "done":
        this.done?.();
        break;
    }
    this.changed();
  }

  private async enter(url: string, token: string): Promise<void> {
    const relay = new Relay({
      connected: (present) => {
        this.linkUp = true;
        this.away = "";
        this.linkSince = Date.now();
        this.ask({ do: "connected", present });
        this.changed();
      },
      disconnected: () => {
        if (!this.linkUp) return;
        this.linkUp = false;
        this.linkSince = Date.now();
        this.ask({ do: "disconnected" });
        this.changed();
      },
      failing: () => {
        this.away = "relay";
        this.changed();
      },
      ended: (why) => this.relayEnded(why),
      present: (id) => this.ask({ do: "present", id }),
      gone: (id) => this.ask({ do: "gone", id }),
      received: (from, data) => this.ask({ do: "received", from, data }),
      owner: (id, person, stream) => this.ask({ do: "owner", id, person, stream }),
      changed: () => this.changed(),
    });
    this.relay = relay;
    await relay.connect(url, token);
    if (this.relay !== relay) return;
    // What is published before there is a key is not sent: the worker drops it.
    await relay.publish(this.devices).catch(() => undefined);
    if (this.muted) await relay.setMuted("microphone", true);
    if (this.cameraOff) await relay.setMuted("camera", true);
  }

  /** relayEnded: what was lost by accident is tried again with a new place, as the same person. */
  private relayEnded(why: "removed" | "duplicate" | "closed" | "failed"): void {
    if (this.stage === "over") return;
    if (why === "failed" && this.entry) {
      void this.hangUp();
      const { view } = this;
      this.join(this.entry, this.visit);
      this.view = view && { ...view, phase: "announcing", encryption: "unknown", digits: "" };
      return;
    }
    this.end({ code: why === "closed" ? "meeting-ended" : why, text: "", retryAfter: 0 });
  }

  private seen(view: CoreView): void {
    if (this.stage === "over") return;
    this.view = view;
    switch (view.phase) {
      case "in":
        this.waiting = false;
        this.stage = "meeting";
        break;
      case "refused":
      case "removed":
        this.end({ code: view.code, text: view.text, retryAfter: 0 });
        break;
      case "announcing":
      case "waiting-host":
      case "waiting-admission":
      case "waiting-key":
        if (this.waiting) this.stage = "asking";
        break;
      case "left":
        break;
    }
  }

  private happened(event: CoreEvent): void {
    const now = Date.now();
    if (event.kind === "chat") {
      this.lines = [...this.lines, { name: event.name, text: event.text, own: event.person === this.view?.self, at: now }].slice(-linesKept);
      return;
    }
    if (event.kind === "dropped") return;
    if (event.kind === "reaction") {
      this.reactions.set(event.person, event.text);
      setTimeout(() => {
        this.reactions.delete(event.person);
        this.changed();
      }, 5000);
      return;
    }
    this.notices = [...this.notices.filter(({ until }) => until > now), { kind: event.kind, name: event.name, code: event.code, text: event.text, until: now + noticeTime }].slice(-4);
    setTimeout(this.changed, noticeTime + 50);
  }

  private end(over: Over, stopWorker = true): void {
    if (this.stage === "over") return;
    this.stage = "over";
    this.over = over;
    if (stopWorker) {
      this.ask({ do: "leave" });
      void this.hangUp();
    }
    this.changed();
  }

  private async hangUp(): Promise<void> {
    const { relay } = this;
    this.relay = null;
    this.linkUp = false;
    await relay?.stop().catch(() => undefined);
  }
}
