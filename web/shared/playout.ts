/** How many people's pictures and sounds the daemon plays at once. The offer's order of m-lines is the slots' order. */
export const slots = 9;

const firstPause = 500;
const longestPause = 5_000;
const gatherLimit = 3_000;
const connectLimit = 10_000;
const answerLimit = 10_000;
// ICE may find its way back from "disconnected", but over loopback that takes no time.
const disconnectedLimit = 3_000;

/** Way is where a page offers itself, and for how many pictures and sounds. */
export interface Way {
  path: string;
  slots: number;
}

/** toScreen is the wall's: the meeting's pictures and sounds. toPanel is a panel's: the room's own picture, in its only slot. */
export const toScreen: Way = { path: "/v1/playout", slots };
export const toPanel: Way = { path: "/v1/preview", slots: 1 };

/** Media is what a connection plays: one stream a slot, of pictures and of sound. */
export interface Media {
  video: MediaStream[];
  audio: MediaStream[];
}

/**
 * Playout keeps one receive-only peer connection to the daemon, which sends decrypted pictures and sound over
 * loopback. Offer: as many video lines as there are slots, then as many audio lines; no trickling, no ICE servers. A connection that fails is
 * made anew, for ever, with growing pauses; what the last one showed stays until the next one is up.
 */
export class Playout {
  /** The newest peer connection; null before the first try. */
  peer: RTCPeerConnection | null = null;
  media: Media | null = null;

  private stopped = false;
  private wake: () => void = () => {};

  constructor(
    private readonly changed: () => void,
    private readonly way: Way = toScreen,
  ) {}

  /** run connects and connects again until stop. */
  async run(): Promise<void> {
    let pause = firstPause;
    while (!this.stopped) {
      try {
        const peer = await this.connect();
        pause = firstPause;
        await ended(peer);
      } catch (error) {
        console.warn("The playout connection could not be made; the page tries again.", error);
      }
      await Promise.race([delay(pause), new Promise<void>((resolve) => (this.wake = resolve))]);
      pause = Math.min(pause * 2, longestPause);
    }
  }

  /** hurry ends a pause between two tries: the daemon is known to be there again. */
  hurry(): void {
    this.wake();
  }

  stop(): void {
    this.stopped = true;
    this.wake();
    this.peer?.close();
  }

  private async connect(): Promise<RTCPeerConnection> {
    const peer = new RTCPeerConnection({ iceServers: [] });
    const last = this.peer;
    this.peer = peer;
    try {
      const media = { video: receive(peer, "video", this.way.slots), audio: receive(peer, "audio", this.way.slots) };
      await peer.setLocalDescription();
      await gathered(peer);
      const answer = await postOffer(this.way.path, peer.localDescription?.sdp ?? "");
      await peer.setRemoteDescription({ type: "answer", sdp: answer });
      await connected(peer);
      this.media = media;
      this.changed();
    } catch (error) {
      peer.close();
      throw error;
    } finally {
      last?.close();
    }
    return peer;
  }
}

function receive(peer: RTCPeerConnection, kind: "video" | "audio", count: number): MediaStream[] {
  return Array.from({ length: count }, () => {
    const { receiver } = peer.addTransceiver(kind, { direction: "recvonly" });
    return new MediaStream([receiver.track]);
  });
}

async function postOffer(path: string, offer: string): Promise<string> {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/sdp" },
    body: offer,
    signal: AbortSignal.timeout(answerLimit),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.text();
}

/** gathered waits until the offer holds all addresses; after a while those that were found must do. */
function gathered(peer: RTCPeerConnection): Promise<void> {
  const done = until(peer, "icegatheringstatechange", () => peer.iceGatheringState === "complete");
  return Promise.race([done, delay(gatherLimit)]);
}

async function connected(peer: RTCPeerConnection): Promise<void> {
  const late = delay(connectLimit).then(() => Promise.reject(new Error("no connection in time")));
  const settled = stateIs(peer, () => peer.connectionState === "connected" || isOver(peer));
  await Promise.race([settled, late]);
  if (isOver(peer)) throw new Error(`the connection is ${peer.connectionState}`);
}

/** ended waits until the connection is of no more use. */
async function ended(peer: RTCPeerConnection): Promise<void> {
  const dtls = peer.getReceivers()[0]?.transport;
  // A daemon that stops says goodbye in DTLS, long before ICE misses it.
  const goodbye = dtls ? until(dtls, "statechange", () => dtls.state === "closed") : new Promise<void>(() => {});
  let left = false;
  void goodbye.then(() => (left = true));
  while (!isOver(peer) && !left) {
    await Promise.race([goodbye, stateIs(peer, () => isOver(peer) || peer.connectionState === "disconnected")]);
    if (left || isOver(peer)) break;
    await Promise.race([goodbye, stateIs(peer, () => peer.connectionState !== "disconnected"), delay(disconnectedLimit)]);
    if (peer.connectionState === "disconnected") break;
  }
}

function isOver(peer: RTCPeerConnection): boolean {
  return peer.connectionState === "failed" || peer.connectionState === "closed";
}

function stateIs(peer: RTCPeerConnection, reached: () => boolean): Promise<void> {
  return until(peer, "connectionstatechange", reached);
}

function until(target: EventTarget, event: string, reached: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!reached()) return;
      target.removeEventListener(event, look);
      resolve();
    };
    target.addEventListener(event, look);
    look();
  });
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
