// Every sender and receiver of this page goes through the worker from its first moment. The page's RTCPeerConnection is
// replaced before LiveKit's client makes one: so no code path of the client, a reconnection among them, can send a frame
// that is not sealed, or bring one to a decoder that was not opened.
import { streams, type TransformOptions } from "./protocol.ts";

declare const RTCRtpScriptTransform: new (worker: Worker, options: TransformOptions) => object;

interface Transformable {
  transform?: object | null;
}

let nextReceiver = 1;
const receivers = new WeakMap<RTCRtpReceiver, number>();

/** receiverNumber is the number under which the worker knows a receiver. */
export function receiverNumber(receiver: RTCRtpReceiver): number | undefined {
  return receivers.get(receiver);
}

const fixed = new WeakSet<object>();

/**
 * fix gives a sender or receiver its transform for good: whoever sets another one, or none, changes nothing. LiveKit's client
 * does so on Firefox and Safari, with every picture that comes: it takes the transform for a rest of its own.
 */
function fix(side: Transformable, make: () => object): void {
  if (fixed.has(side)) return;
  const transform = make();
  side.transform = transform;
  Object.defineProperty(side, "transform", { configurable: false, get: () => transform, set: () => undefined });
  fixed.add(side);
}

/** sealPeerConnections makes every peer connection from now on one whose media go through the worker. */
export function sealPeerConnections(worker: Worker): void {
  const Plain = globalThis.RTCPeerConnection;

  const sealSender = (sender: RTCRtpSender, kind: string): void => {
    const stream = kind === "audio" ? streams.microphone : streams.camera;
    fix(sender, () => new RTCRtpScriptTransform(worker, { side: "send", stream }));
  };
  const openReceiver = (receiver: RTCRtpReceiver): void => {
    if (receivers.has(receiver)) return;
    const id = nextReceiver++;
    receivers.set(receiver, id);
    const kind = receiver.track.kind === "audio" ? "audio" : "video";
    fix(receiver, () => new RTCRtpScriptTransform(worker, { side: "receive", id, kind }));
  };

  class Sealed extends Plain {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      // The first listener there is: it comes before the client's own.
      this.addEventListener("track", ({ receiver }) => openReceiver(receiver));
    }

    override addTransceiver(track: MediaStreamTrack | string, init?: RTCRtpTransceiverInit): RTCRtpTransceiver {
      const transceiver = super.addTransceiver(track, init);
      sealSender(transceiver.sender, typeof track === "string" ? track : track.kind);
      openReceiver(transceiver.receiver);
      return transceiver;
    }

    override addTrack(track: MediaStreamTrack, ...streams: MediaStream[]): RTCRtpSender {
      const sender = super.addTrack(track, ...streams);
      sealSender(sender, track.kind);
      return sender;
    }

    override async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
      await super.setRemoteDescription(description);
      for (const transceiver of this.getTransceivers()) {
        openReceiver(transceiver.receiver);
        sealSender(transceiver.sender, transceiver.receiver.track.kind);
      }
    }
  }
  globalThis.RTCPeerConnection = Sealed as unknown as typeof RTCPeerConnection;
}

/** Lack is what a browser is missing for end-to-end encryption; empty: nothing. */
export type Lack = "" | "secure" | "transform" | "crypto" | "wasm" | "devices" | "program";

/** lackOf looks for what this browser cannot do. */
export function lackOf(): Lack {
  if (!globalThis.isSecureContext) return "secure";
  if (!("RTCRtpScriptTransform" in globalThis)) return "transform";
  if (!globalThis.crypto?.subtle) return "crypto";
  if (!globalThis.WebAssembly || !globalThis.Worker) return "wasm";
  if (!navigator.mediaDevices?.getUserMedia) return "devices";
  return "";
}
