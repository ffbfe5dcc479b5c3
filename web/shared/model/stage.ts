import type { Meeting, Person, Tile } from "../state.ts";
import type { Strings } from "../strings/index.ts";
import { initials, selfOf, troubleText } from "./people.ts";

/** TileView is one tile as it is drawn. */
export interface TileView {
  key: string;
  slot: number;
  person: string;
  stream: string;
  /** Drawn large, with the others beside it. */
  large: boolean;
  name: string;
  initials: string;
  verified: boolean;
  muted: boolean;
  speaking: boolean;
  /** Why there is no picture; empty while there is one, or while the last one may stay. */
  reason: string;
  /** The reason is a frame that was refused: shown as a warning. */
  blocked: boolean;
  /** What is wrong with the person's other streams (the sound, say), in words; empty when nothing is. */
  trouble: string;
  hand: boolean;
  /** An emoji, for as long as it floats; empty when there is none. */
  reaction: string;
}

/** Stage is what the middle of the screen shows. */
export interface Stage {
  tiles: TileView[];
  self: Person | undefined;
  /** People who have no tile with a slot. */
  hidden: number;
  /** Those who react and have no tile to do it on. */
  reacting: Person[];
}

/** stageOf orders a meeting's tiles as the room said, without the room's own camera: that has its place in a corner. */
export function stageOf(meeting: Meeting, strings: Strings): Stage {
  const people = new Map(meeting.people.map((person) => [person.id, person]));
  const self = selfOf(meeting);
  const shown = meeting.tiles.filter((tile) => tile.slot >= 0 && !(people.get(tile.person)?.self && tile.stream === "camera"));
  const withTile = new Set(shown.map((tile) => tile.person));
  return {
    tiles: shown.map((tile) => tileView(tile, people.get(tile.person), meeting, strings)),
    self,
    hidden: meeting.people.filter((person) => !person.self && !withTile.has(person.id)).length,
    reacting: meeting.people.filter((person) => person.reaction && !withTile.has(person.id)),
  };
}

function tileView(tile: Tile, person: Person | undefined, meeting: Meeting, strings: Strings): TileView {
  const name = person?.name ?? "";
  const isContent = tile.stream === "content";
  const reason = isContent && tile.reason === "no-camera" ? strings.meeting.contentMissing : tileReason(tile, meeting.link.up, strings);
  return {
    key: `${tile.person}/${tile.stream}`,
    slot: tile.slot,
    person: tile.person,
    stream: tile.stream,
    large: tile.large,
    name: !isContent ? name : person?.self ? strings.meeting.contentOwn : strings.meeting.content(name),
    initials: initials(name),
    verified: person?.self || (person?.verified ?? false), // nobody doubts their own name
    muted: !isContent && (person?.muted ?? false),
    speaking: !isContent && meeting.link.up && (person?.speaking ?? false),
    reason,
    blocked: tile.reason === "wrong-key" || tile.reason === "replay" || tile.reason === "not-encrypted",
    trouble: person && !isContent && !said(tile, person) ? troubleText(person, strings) : "",
    hand: !isContent && (person?.hand ?? false),
    reaction: isContent ? "" : (person?.reaction ?? ""),
  };
}

/** said is true when the tile's own reason tells the person's trouble already. */
function said(tile: Tile, person: Person): boolean {
  return tile.show !== "picture" && tile.reason === person.trouble;
}

/** tileReason is the sentence on a tile without a picture. While the link is down, the last picture stays. */
function tileReason(tile: Tile, linkUp: boolean, strings: Strings): string {
  if (tile.show === "picture") return "";
  const reason = tile.reason ?? "connecting";
  if (!linkUp && (reason === "no-frames" || reason === "connecting")) return "";
  return strings.reasons[reason] ?? strings.reasons["no-frames"];
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

/** Place is where a tile is drawn, in pixels from the stage's upper left corner. */
export interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
}

// How much of the width goes to what is large (daemon/stage.go).
const largeShare = 0.78;

/** placesFor lays tiles out: all in one grid, or the large ones in one and the others in another to the right of it. */
export function placesFor(tiles: readonly { large: boolean }[], width: number, height: number, gap: number): Place[] {
  const large = tiles.filter((tile) => tile.large).length;
  const beside = large > 0 && large < tiles.length;
  const share = beside ? width * largeShare : width;
  const big = gridPlaces(large, 0, share, height, gap);
  const small = beside ? gridPlaces(tiles.length - large, share + gap, width - share - gap, height, gap) : gridPlaces(tiles.length - large, 0, width, height, gap);
  return tiles.map((tile) => (tile.large ? big : small).shift() as Place);
}

/** gridPlaces fills a part of the stage with a grid in its middle; the last row is in the middle of its own. */
function gridPlaces(count: number, from: number, width: number, height: number, gap: number): Place[] {
  const grid = gridFor(count, width, height, gap);
  const top = (height - grid.rows * grid.height - (grid.rows - 1) * gap) / 2;
  return Array.from({ length: count }, (_, i) => {
    const row = Math.floor(i / grid.columns);
    const inRow = Math.min(grid.columns, count - row * grid.columns);
    const left = from + (width - inRow * grid.width - (inRow - 1) * gap) / 2;
    return {
      left: Math.round(left + (i % grid.columns) * (grid.width + gap)),
      top: Math.round(top + row * (grid.height + gap)),
      width: grid.width,
      height: grid.height,
    };
  });
}
