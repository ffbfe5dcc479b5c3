// What the page and its worker tell each other. Keys are in neither direction.

/** Member is somebody on the meeting's list. */
export interface Member {
  id: string;
  name: string;
  role: "host" | "co-host" | "participant";
  compared: Comparison;
  verified: boolean;
  organisation: boolean;
  hand: boolean;
  leader: boolean;
}

export type Comparison = "none" | "match" | "mismatch";

/** CoreView is what may be seen of the meeting core (meeting.View). */
export interface CoreView {
  phase: "announcing" | "waiting-host" | "waiting-admission" | "waiting-key" | "in" | "refused" | "removed" | "left";
  /** Why it ended: a code and a sentence in English. */
  code: string;
  text: string;
  self: string;
  leader: string;
  encryption: "unknown" | "enhanced" | "e2ee";
  digits: string;
  compared: Comparison;
  joinedSince: number;
  locked: boolean;
  quiet: boolean;
  commands: boolean;
  epoch: number;
  sealEpoch: number;
  members: Member[];
}

/** CoreEvent is told once. */
export interface CoreEvent {
  kind: string;
  person: string;
  name: string;
  text: string;
  code: string;
}

/** StreamNumber numbers a participant's streams as the protocol does. */
export type StreamNumber = 1 | 2 | 3 | 4;

export const streams = { microphone: 1, camera: 2, content: 3, contentAudio: 4 } as const;

/** TransformOptions say what a transform of frames is for. A receiver's owner is told later (ToWorker "owner"). */
export type TransformOptions = { side: "send"; stream: StreamNumber } | { side: "receive"; id: number; kind: "audio" | "video" };

/** Entry is what a guest types. */
export interface Entry {
  number: string;
  passcode: string;
  name: string;
}

export type ToWorker =
  | { do: "prepare" }
  /** visit names the identity key: the same one keeps a person the same through a reload. */
  | { do: "join"; entry: Entry; visit: string }
  | { do: "connected"; present: string[] }
  | { do: "disconnected" }
  | { do: "present"; id: string }
  | { do: "gone"; id: string }
  | { do: "received"; from: string; data: Uint8Array }
  | { do: "owner"; id: number; person: string; stream: StreamNumber }
  | { do: "ownerless"; id: number }
  | { do: "chat"; text: string }
  | { do: "hand"; raised: boolean }
  | { do: "react"; reaction: string }
  | { do: "compare"; matches: boolean; digits: string }
  | { do: "leave" };

/** Reason is why a stream is not shown, in the words of the State's tiles. */
export type Reason = "" | "waiting-for-key" | "wrong-key" | "replay" | "not-encrypted";

export type FromWorker =
  | { tell: "ready"; digest: string; bytes: number; millis: number }
  | { tell: "hub-away" }
  | { tell: "place"; title: string; number: string; hub: string; relayURL: string; token: string }
  | { tell: "token"; token: string }
  | { tell: "refused"; code: string; message: string; retryAfter: number }
  | { tell: "send"; to: string; data: Uint8Array }
  | { tell: "view"; view: CoreView }
  | { tell: "event"; event: CoreEvent }
  | { tell: "stream"; person: string; stream: StreamNumber; reason: Reason }
  | { tell: "fault"; message: string }
  | { tell: "done" };
