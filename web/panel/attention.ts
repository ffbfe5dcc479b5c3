import type { Meeting, Notice, State, Waiting } from "../shared/state.ts";

/** Sounds are what the panel can be heard with (Chime). */
export interface Sounds {
  knock(): void;
  ring(on: boolean): void;
}

/**
 * Attention decides what comes to the front of the panel, and when it sounds: people who wait to be let in, a call, and
 * somebody's wish that the room mutes itself. What was put off stays away; the rest of the panel always works.
 */
export class Attention {
  /** Who asked the room to mute; null when nobody did, or when it was settled. */
  muteAsk: Notice | null = null;

  private heard = new Set<string>();
  private putOff = new Set<string>();
  private lastAsk = -1;
  private meeting = "";

  constructor(private readonly sounds: Sounds) {}

  /** met looks at a new State, or at none while the room cannot be reached. */
  met(state: State | null): void {
    this.sounds.ring(Boolean(state?.ringing));
    if (!state) return;
    const { meeting } = state;
    if (this.meeting !== (meeting?.since ?? "")) this.forget(meeting?.since ?? "");
    if (!meeting) return;
    const ids = meeting.waiting.map((waiting) => waiting.id);
    if (ids.some((id) => !this.heard.has(id))) this.sounds.knock();
    // Whoever went away and knocks again is a new knock.
    this.heard = new Set(ids);
    this.putOff = new Set(ids.filter((id) => this.putOff.has(id)));
    this.hearAsk(state, meeting);
  }

  /** knocks are those who wait and were not put off. */
  knocks(meeting: Meeting): Waiting[] {
    return meeting.waiting.filter((waiting) => !this.putOff.has(waiting.id));
  }

  /** notNow puts off everybody who waits now. They stay among the people. */
  notNow(meeting: Meeting): void {
    for (const { id } of meeting.waiting) this.putOff.add(id);
  }

  /** settleAsk takes the wish that the room mutes itself away. */
  settleAsk(): void {
    this.muteAsk = null;
  }

  private hearAsk(state: State, meeting: Meeting): void {
    for (const notice of meeting.notices) {
      if (notice.kind !== "mute-asked" || notice.id <= this.lastAsk) continue;
      this.lastAsk = notice.id;
      this.muteAsk = notice;
    }
    if (!state.devices.microphone.on) this.muteAsk = null;
  }

  private forget(meeting: string): void {
    this.meeting = meeting;
    this.heard.clear();
    this.putOff.clear();
    this.lastAsk = -1;
    this.muteAsk = null;
  }
}
