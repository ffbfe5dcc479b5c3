import type { Info } from "../state.ts";

function format(at: number, room: Info, options: Intl.DateTimeFormatOptions): string {
  try {
    return new Intl.DateTimeFormat(room.language || "en", { ...options, timeZone: room.timeZone }).format(at);
  } catch {
    // A time zone or language that this browser does not know: the browser's own is better than nothing.
    return new Intl.DateTimeFormat("en", options).format(at);
  }
}

/** clockTime is the time of day in the room's zone and its 12- or 24-hour form: 09:41 or 9:41 AM. */
export function clockTime(at: number, room: Info): string {
  return room.clock24h
    ? format(at, room, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
    : format(at, room, { hour: "numeric", minute: "2-digit", hourCycle: "h12" });
}

/** clockDate is the day in the room's zone: Monday 22 November, as the language writes it. */
export function clockDate(at: number, room: Info): string {
  return format(at, room, { weekday: "long", day: "numeric", month: "long" });
}

/** dayOf is the day of the calendar in the room's zone, as something to compare. */
export function dayOf(at: number, room: Info): string {
  return format(at, room, { year: "numeric", month: "numeric", day: "numeric" });
}

/** elapsed is how long ago a State's time is: "12 s", "3 min 05 s", "2 h 10 min". Never negative. */
export function elapsed(since: string, now: number): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1000));
  if (!Number.isFinite(seconds)) return "0 s";
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds} s`;
  if (minutes < 60) return `${minutes} min ${pad(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

function pad(n: number): string {
  return String(n).padStart(2, "0");
}
