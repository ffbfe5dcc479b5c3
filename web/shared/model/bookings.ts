import type { Booking, State } from "../state.ts";
import { clockTime, dayOf } from "./time.ts";

/** BookingView is one booking as it is drawn. */
export interface BookingView {
  id: string;
  /** Empty: its owner tells nobody. */
  title: string;
  /** "10:30 – 11:00" */
  time: string;
  /** It has begun. */
  now: boolean;
  /** It links to a meeting. */
  linked: boolean;
}

/** Day is what the room is booked for on one day. */
export interface Day {
  today: boolean;
  bookings: BookingView[];
}

/** daysOf sorts what the room is booked for by today and tomorrow, in the room's own zone. Days without bookings are left out. */
export function daysOf({ bookings, room }: State, now: number): Day[] {
  const today = dayOf(now, room);
  const of = (isToday: boolean): Day => ({
    today: isToday,
    bookings: bookings.filter(({ begin }) => dayOf(Math.max(Date.parse(begin), now), room) === today === isToday).map((booking) => view(booking)),
  });
  const view = ({ id, title, begin, end, number }: Booking): BookingView => ({
    id,
    title,
    time: `${clockTime(Date.parse(begin), room)} – ${clockTime(Date.parse(end), room)}`,
    now: Date.parse(begin) <= now,
    linked: number !== "",
  });
  return [of(true), of(false)].filter((day) => day.bookings.length > 0);
}
