/**
 * RoomClock tells the room's time on a machine whose own clock may be wrong (a phone used as a panel). It learns from
 * the Date header of the daemon's answers. A State's own time would not do: the State may be hours old and still true.
 */
export class RoomClock {
  private skew = 0;

  constructor(private readonly local: () => number = Date.now) {}

  /** learn takes a whole second of the room's clock, in milliseconds since 1970, that was read just now. */
  learn(second: number): void {
    if (Number.isNaN(second)) return;
    const skew = second + 500 - this.local();
    // Below this the header's rounding and the way here explain the difference: the clock must not wobble.
    if (Math.abs(skew - this.skew) > 1500) this.skew = skew;
  }

  /** now is the room's time in milliseconds since 1970. */
  now(): number {
    return this.local() + this.skew;
  }
}
