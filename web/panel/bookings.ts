import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import { type BookingView, type Day, daysOf } from "../shared/model/bookings.ts";
import type { State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";
import "./bookings.css";

/** Bookings lists what the room is booked for; one touch joins. */
export class Bookings extends PageElement {
  static override properties = { state: given, now: given, asker: givenMutable, strings: given };
  declare state: State;
  declare now: number;
  declare asker: Asker;
  declare strings: Strings;

  protected override render(): TemplateResult {
    return html`<section class="card bookings" aria-label=${this.strings.bookings.title}>
      <div class="booking-days" tabindex="0" role="group" aria-label=${this.strings.bookings.title}>${daysOf(this.state, this.now).map((day) => this.day(day))}</div>
    </section>`;
  }

  private day({ today, bookings }: Day): TemplateResult {
    const words = this.strings.bookings;
    return html`<h2>${today ? words.today : words.tomorrow}</h2>
      <ul>
        ${repeat(bookings, ({ id }) => id, (booking) => this.booking(booking))}
      </ul>`;
  }

  private booking({ id, title, time, now, linked }: BookingView): TemplateResult {
    const words = this.strings.bookings;
    const join = (): void => void this.asker.ask({ do: "join-booking", text: id });
    return html`<li class="booking ${now ? "booking-now" : ""}">
      <span class="booking-what"><strong class="name">${title || words.private}</strong><span class="figures">${time}${now ? html` <em>${words.now}</em>` : nothing}</span></span>
      <button type="button" class="booking-join" data-testid="join-booking" data-booking=${id} aria-busy=${this.asker.busy("join-booking")} @click=${join}>
        ${icon(linked ? "keypad" : "plus")}<span>${linked ? words.join : words.start}</span><span class="visually-hidden"> ${title || words.private}</span>
      </button>
    </li>`;
  }
}

customElements.define("gr-bookings", Bookings);
