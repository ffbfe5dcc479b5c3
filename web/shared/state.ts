// The room's State as it comes over GET /v1/events: daemon/room/state.go says what each field means.

export type Phase = "starting" | "idle" | "joining" | "meeting" | "fault";
export type Step = "hub" | "ringing" | "relay" | "host" | "admission" | "keys";
export type ShieldKind = "checking" | "encrypted" | "e2ee" | "verified" | "not-secure";
export type EncryptionKind = "unknown" | "enhanced" | "e2ee";
export type MeetingKind = "meeting" | "call";
export type Comparison = "none" | "match" | "mismatch";
export type Layout = "grid" | "speaker";
export type TileShow = "picture" | "placeholder";
export type TileReason =
  | "connecting"
  | "camera-off"
  | "no-camera"
  | "no-frames"
  | "no-slot"
  | "waiting-for-key"
  | "wrong-key"
  | "replay"
  | "not-encrypted";
export type NoticeKind =
  | "joined"
  | "left"
  | "removed"
  | "leader-changed"
  | "reconnected"
  | "locked"
  | "unlocked"
  | "upgraded"
  | "hand"
  | "compared"
  | "compare-differs"
  | "divided"
  | "mute-asked";
export type DeviceState = "none" | "absent" | "ready" | "starting" | "running" | "failed";
export type HubState = "unknown" | "up" | "down";

/** Times are RFC 3339 strings of the room's clock. */
export interface State {
  revision: number;
  time: string;
  room: Info;
  phase: Phase;
  joining?: Joining;
  meeting?: Meeting;
  /** A call that comes in. */
  ringing?: Ringing;
  /** Whom this room can call. */
  callees: Callee[];
  /** What the room is booked for today and tomorrow, the earliest first. */
  bookings: Booking[];
  devices: Devices;
  hub: { state: HubState; since: string; text?: string; cause?: Cause };
  identity: { backend: string; protection: string; fingerprint: string; publicKey: string; next?: { backend: string; fingerprint: string; text?: string } };
  faults: Fault[];
  refusal?: Refusal;
}

export interface Booking {
  id: string;
  /** Empty: its owner tells nobody. */
  title: string;
  begin: string;
  end: string;
  number: string;
}

export interface Devices {
  camera: Device;
  microphone: Device;
  content: Device;
  speaker: { volume: number };
  /** A panel shows the room's own picture. */
  preview?: boolean;
  /** Those that the room can use. */
  cameras?: Camera[];
  /** What can be adjusted about the camera in use, while it is open. */
  adjustments?: Adjustment[];
  head?: Head;
  display?: Display;
  controls?: Control[];
  muteButtons?: MuteButton[];
}

/** Adjustment is one thing about the camera's picture; the numbers are the driver's own. */
export interface Adjustment {
  name: string;
  least: number;
  most: number;
  step: number;
  default: number;
  value: number;
  /** It has no effect now. */
  idle?: boolean;
}

/** Camera is one camera that the room can use. */
export interface Camera {
  id: string;
  label: string;
  inUse: boolean;
}

export interface Info {
  name: string;
  version: string;
  hubName: string;
  timeZone: string;
  clock24h: boolean;
  language: string;
}

export interface Joining {
  number: string;
  title: string;
  step: Step;
  since: string;
}

export interface Ringing {
  from: string;
  since: string;
  encryption: EncryptionKind;
}

export interface Callee {
  id: string;
  name: string;
}

export interface Meeting {
  kind: MeetingKind;
  title: string;
  number: string;
  passcode?: string;
  /** Where a browser joins; absent: guests do not join. */
  guestPage?: string;
  since: string;
  encryption: Encryption;
  link: { up: boolean; since: string; quiet: boolean };
  people: Person[];
  tiles: Tile[];
  layout: Layout;
  notices: Notice[];
  chat: ChatLine[];
  /** Who waits to be let in, where this room may admit them. */
  waiting: Waiting[];
  locked: boolean;
  /** This room may use the commands of hosts. */
  host: boolean;
}

export interface Waiting {
  id: string;
  name: string;
  organisation: boolean;
}

export interface ChatLine {
  id: number;
  person: string;
  name: string;
  self: boolean;
  text: string;
  time: string;
}

export interface Encryption {
  kind: EncryptionKind;
  shield: ShieldKind;
  code: string[];
  leader: string;
  compared: Comparison;
  joinedSince: number;
  epoch: number;
}

export interface Person {
  id: string;
  name: string;
  self: boolean;
  leader: boolean;
  role: string;
  verified: boolean;
  muted: boolean;
  cameraOn: boolean;
  speaking: boolean;
  level: number;
  hand: boolean;
  /** What the people there found when they compared the code. */
  compared: Comparison;
  /** An emoji; empty when there is none. */
  reaction: string;
  /** The worst of the person's streams, sound included; empty when there is none. */
  trouble: TileReason | "";
}

export interface Tile {
  person: string;
  stream: string;
  slot: number;
  /** Drawn large, with the others beside it. */
  large: boolean;
  show: TileShow;
  reason?: TileReason;
}

export interface Notice {
  id: number;
  kind: NoticeKind;
  name?: string;
  since: string;
}

export interface Device {
  name: string;
  on: boolean;
  state: DeviceState;
  reason?: string;
  cause?: Cause;
  tries?: number;
  since: string;
  level: number;
  /** What takes the loudspeaker's echo out of a microphone's sound; none: nothing, and the others may hear themselves. */
  echo?: "pipewire" | "device" | "none" | "off";
}

/** Line is a device that is told what to do: "running" means that it answers. */
export interface Line {
  name: string;
  state: DeviceState;
  reason?: string;
  cause?: Cause;
  tries?: number;
  since: string;
}

/** Head is what turns the camera. */
export interface Head extends Line {
  presets: { number: number; name: string }[];
  /** The preset that the camera was sent to last; 0: it was turned by hand since. */
  at: number;
  moving: boolean;
}

export type Power = "unknown" | "off" | "on" | "warming" | "cooling";

/** Display is the one on the wall. */
export interface Display extends Line {
  power: Power;
  inputs: string[];
  input: string;
  /** 0 to 100; -1: not known, or not to be set. */
  volume: number;
  muted: boolean;
  /** Minutes of idleness that switch it off; 0: none do. */
  offAfter: number;
}

/** Control is a button of the room's own. */
export interface Control extends Line {
  outcome: "none" | "pressed" | "done" | "failed";
  text?: string;
  code?: string;
  pressed: string;
}

/** MuteButton mutes the microphone, on a device such as a USB speakerphone. */
export interface MuteButton extends Line {
  /** The device has a light that shows whether the microphone is muted. */
  light: boolean;
}

/** Cause is what lies behind that something does not work. */
export interface Cause {
  code: string;
  /** The name of a device, the address of a server, or a device file. */
  about?: string;
}

export interface Fault {
  code: string;
  /** What greenroomctl and the log say, in English. */
  text: string;
  do: string;
  cause?: Cause;
  since: string;
}

export interface Refusal {
  command: string;
  code: string;
  text: string;
}
