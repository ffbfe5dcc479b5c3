// The room's State as it comes over GET /v1/events: daemon/room/state.go says what each field means.

export type Phase = "starting" | "idle" | "joining" | "meeting" | "fault";
export type Step = "hub" | "relay" | "host" | "admission" | "keys";
export type ShieldKind = "checking" | "encrypted" | "e2ee" | "verified" | "not-secure";
export type Comparison = "none" | "match" | "mismatch";
export type TileShow = "picture" | "placeholder";
export type TileReason =
  | "connecting"
  | "camera-off"
  | "no-camera"
  | "no-frames"
  | "waiting-for-key"
  | "wrong-key"
  | "replay"
  | "not-encrypted";
export type NoticeKind = "joined" | "left" | "removed" | "leader-changed" | "reconnected";
export type DeviceState = "absent" | "starting" | "running" | "failed";
export type HubState = "unknown" | "up" | "down";

/** Times are RFC 3339 strings of the room's clock. */
export interface State {
  revision: number;
  time: string;
  room: Info;
  phase: Phase;
  joining?: Joining;
  meeting?: Meeting;
  devices: { camera: Device; microphone: Device };
  hub: { state: HubState; since: string; text?: string };
  identity: { backend: string; fingerprint: string };
  faults: Fault[];
  refusal?: Refusal;
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

export interface Meeting {
  title: string;
  number: string;
  passcode?: string;
  since: string;
  encryption: Encryption;
  link: { up: boolean; since: string; quiet: boolean };
  people: Person[];
  tiles: Tile[];
  notices: Notice[];
  host: boolean;
}

export interface Encryption {
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
}

export interface Tile {
  person: string;
  stream: string;
  slot: number;
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
  since: string;
  level: number;
}

export interface Fault {
  code: string;
  text: string;
  do: string;
  since: string;
}

export interface Refusal {
  command: string;
  code: string;
  text: string;
}

/** parseState reads one State from JSON and makes it fit to be drawn: every list is a list, every name is harmless. */
export function parseState(json: string): State {
  const state = JSON.parse(json) as State;
  // Go writes an empty list as null.
  state.faults ??= [];
  const { meeting, joining } = state;
  if (joining) joining.title = plainName(joining.title);
  if (!meeting) return state;
  meeting.people ??= [];
  meeting.tiles ??= [];
  meeting.notices ??= [];
  meeting.encryption.code ??= [];
  meeting.title = plainName(meeting.title);
  meeting.encryption.leader = plainName(meeting.encryption.leader);
  for (const person of meeting.people) person.name = plainName(person.name);
  for (const notice of meeting.notices) if (notice.name) notice.name = plainName(notice.name);
  return state;
}

const longestName = 120;

/**
 * plainName takes out of a name that somebody else chose what could make it look like another one or spoil the page:
 * control, invisible and direction characters, runs of spaces, excess length. Markup needs no care: Lit shows it as text.
 */
export function plainName(name: string | undefined): string {
  const plain = (name ?? "").replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "").replaceAll(/\s+/g, " ").trim();
  const letters = [...plain];
  return letters.length > longestName ? letters.slice(0, longestName - 1).join("") + "…" : plain;
}
