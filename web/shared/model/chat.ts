import type { ChatLine, Meeting } from "../state.ts";

/** How long a line stays on the wall, in milliseconds, and how many stand there at once. */
export const lineTime = 12_000;
const linesShown = 3;

/** The longest line in bytes of UTF-8 (meeting/SPEC.md, "Chat"). */
export const longestLine = 2_000;

/** freshLines are the newest lines of chat that are still to be shown, the newest last. */
export function freshLines(chat: readonly ChatLine[], now: number): ChatLine[] {
  return chat.filter((line) => now - Date.parse(line.time) < lineTime).slice(-linesShown);
}

/** lineFits says whether a line can be sent: not empty, and not too long. */
export function lineFits(text: string): boolean {
  const length = new TextEncoder().encode(text.trim()).length;
  return length > 0 && length <= longestLine;
}

/** Unread counts the lines of a meeting that nobody has looked at on this page. */
export class Unread {
  private meeting = "";
  private last = -1;

  /** count is how many lines of others came since the chat was last open. */
  count(meeting: Meeting): number {
    this.follow(meeting);
    return meeting.chat.filter((line) => !line.self && line.id > this.last).length;
  }

  /** read is called while the chat is open. */
  read(meeting: Meeting): void {
    this.follow(meeting);
    this.last = Math.max(this.last, ...meeting.chat.map((line) => line.id));
  }

  /** follow begins anew with each meeting: the numbers of its lines may start again. */
  private follow(meeting: Meeting): void {
    if (meeting.since === this.meeting) return;
    this.meeting = meeting.since;
    this.last = -1;
  }
}
