import type { Meeting, Notice, Person, Tile } from "../state.ts";
import type { Strings } from "../strings/index.ts";

/** TileView is one tile as it is drawn. */
export interface TileView {
  key: string;
  slot: number;
  person: string;
  stream: string;
  name: string;
  initials: string;
  verified: boolean;
  muted: boolean;
  speaking: boolean;
  /** Why there is no picture; empty while there is one, or while the last one may stay. */
  reason: string;
  /** The reason is a frame that was refused: shown as a warning. */
  blocked: boolean;
}

/** Stage is what the middle of the screen shows. */
export interface Stage {
  tiles: TileView[];
  self: Person | undefined;
  /** People who have no tile with a slot. */
  hidden: number;
}

/** stageOf orders a meeting's tiles as the room said, without the room's own. */
export function stageOf(meeting: Meeting, strings: Strings): Stage {
  const people = new Map(meeting.people.map((person) => [person.id, person]));
  const self = meeting.people.find((person) => person.self);
  const others = meeting.tiles.filter((tile) => !people.get(tile.person)?.self);
  const shown = others.filter((tile) => tile.slot >= 0);
  const withTile = new Set(shown.map((tile) => tile.person));
  return {
    tiles: shown.map((tile) => tileView(tile, people.get(tile.person), meeting, strings)),
    self,
    hidden: meeting.people.filter((person) => !person.self && !withTile.has(person.id)).length,
  };
}

function tileView(tile: Tile, person: Person | undefined, meeting: Meeting, strings: Strings): TileView {
  const name = person?.name ?? "";
  const isContent = tile.stream === "content";
  return {
    key: `${tile.person}/${tile.stream}`,
    slot: tile.slot,
    person: tile.person,
    stream: tile.stream,
    name: isContent ? strings.meeting.content(name) : name,
    initials: initials(name),
    verified: person?.verified ?? false,
    muted: !isContent && (person?.muted ?? false),
    speaking: !isContent && meeting.link.up && (person?.speaking ?? false),
    reason: tileReason(tile, meeting.link.up, strings),
    blocked: tile.reason === "wrong-key" || tile.reason === "replay" || tile.reason === "not-encrypted",
  };
}

/** tileReason is the sentence on a tile without a picture. While the link is down, the last picture stays. */
function tileReason(tile: Tile, linkUp: boolean, strings: Strings): string {
  if (tile.show === "picture") return "";
  const reason = tile.reason ?? "connecting";
  if (!linkUp && (reason === "no-frames" || reason === "connecting")) return "";
  return strings.reasons[reason] ?? strings.reasons["no-frames"];
}

/** initials are the first letters of a name's first and last word: "Ada King Lovelace" is AL. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = words[0] ?? "";
  const last = words.length > 1 ? (words[words.length - 1] ?? "") : "";
  return [first, last].map((word) => [...word][0] ?? "").join("").toUpperCase();
}

/** Grid is how tiles are laid out: columns and rows, and one tile's size in pixels. */
export interface Grid {
  columns: number;
  rows: number;
  width: number;
  height: number;
}

/** gridFor finds the columns with which count tiles of the given aspect fill a stage best. Sizes are in pixels. */
export function gridFor(count: number, width: number, height: number, gap: number, aspect = 16 / 9): Grid {
  let best: Grid = { columns: 1, rows: Math.max(1, count), width: 0, height: 0 };
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(Math.max(1, count) / columns);
    const fit = Math.min((width - gap * (columns - 1)) / columns, ((height - gap * (rows - 1)) / rows) * aspect);
    if (fit > best.width) best = { columns, rows, width: Math.floor(fit), height: Math.floor(fit / aspect) };
  }
  return best;
}

/** How long a change is announced, in milliseconds: as long as the daemon keeps it (NoticeTime). */
export const noticeTime = 10_000;

/** freshNotices are those that are still to be shown, the newest last, three at most. */
export function freshNotices(notices: readonly Notice[], now: number): Notice[] {
  return notices.filter((notice) => now - Date.parse(notice.since) < noticeTime).slice(-3);
}

/** noticeText is a notice in words. */
export function noticeText(notice: Notice, strings: Strings): string {
  const words = strings.notices[notice.kind];
  return words ? words(notice.name ?? "") : "";
}
