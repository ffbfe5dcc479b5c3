import type { Asker } from "./asker.ts";

/** Move is how the camera is to move, in percent of its speed. */
export interface Move {
  pan: number;
  tilt: number;
  zoom: number;
}

export const still: Move = { pan: 0, tilt: 0, zoom: 0 };

// The room stops a camera that nobody has turned for 2 s (daemon/room, "MoveTime"): who holds a button says so more often.
const again = 900;

// A press by a screen reader has no end: the camera moves for as long.
const nudge = 400;

/**
 * Hold turns the camera while a button is held down, by finger, mouse or key. Commands go one after the other, so that a
 * short press cannot be stopped before it has begun.
 */
export class Hold {
  /** What is held now; null: nothing. */
  held: Move | null = null;

  private repeat: ReturnType<typeof setInterval> | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  constructor(
    private readonly asker: () => Asker,
    private readonly changed: () => void,
  ) {}

  begin(move: Move): void {
    if (this.held === move) return;
    clearInterval(this.repeat);
    this.held = move;
    this.send(move);
    this.repeat = setInterval(() => {
      if (this.waiting === 0) this.send(move);
    }, again);
    this.changed();
  }

  end(): void {
    if (!this.held) return;
    clearInterval(this.repeat);
    this.held = null;
    this.send(still);
    this.changed();
  }

  /** nudge is a press without a length. */
  nudge(move: Move): void {
    this.begin(move);
    setTimeout(() => {
      if (this.held === move) this.end();
    }, nudge);
  }

  private send(move: Move): void {
    this.waiting++;
    this.last = this.last.then(() => this.asker().ask({ do: "camera-turn", ...move })).finally(() => this.waiting--);
  }
}
