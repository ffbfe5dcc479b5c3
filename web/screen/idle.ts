import { html, nothing, type TemplateResult } from "lit";
import { given, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import type { IconName } from "../shared/icons.ts";
import { type HealthLine, healthLines } from "../shared/model/health.ts";
import { daysOf } from "../shared/model/bookings.ts";
import { identityPlace } from "../shared/model/identity.ts";
import { clockDate, clockTime } from "../shared/model/time.ts";
import type { State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import { wordmark } from "../shared/wordmark.ts";
import "./idle.css";

// So many fit beside the clock; the panel shows all.
const bookingsShown = 3;

/** IdlePage is what the wall shows between meetings: the room, the time, how to meet, and what is wrong. */
export class IdlePage extends PageElement {
  static override properties = { state: given, now: given, strings: given };
  declare state: State;
  declare now: number;
  declare strings: Strings;

  protected override render(): TemplateResult {
    const { room } = this.state;
    const words = this.strings.idle;
    return html`<div class="idle">
      <header class="idle-head">
        <h1 class="name">${room.name}</h1>
        ${wordmark(this.strings)}
      </header>
      <div class="idle-middle">
        <section class="idle-clock" aria-label=${this.strings.clock.label}>
          <time class="idle-time figures">${clockTime(this.now, room)}</time>
          <p class="idle-date">${clockDate(this.now, room)}</p>
        </section>
        ${this.bookings()}
      </div>
      <ul class="idle-ways">
        ${way("plus", words.meet, words.meetHow)} ${way("keypad", words.join, words.joinHow)}
        ${way("call", words.call, words.callHow(room.name, room.hubName))}
      </ul>
      <footer class="idle-foot">${this.health()}</footer>
    </div>`;
  }

  /** bookings are the next ones of today; at none, of tomorrow. */
  private bookings(): TemplateResult | typeof nothing {
    const words = this.strings.bookings;
    const [day] = daysOf(this.state, this.now);
    if (!day) return nothing;
    return html`<section class="idle-bookings" data-testid="bookings" aria-label=${words.title}>
      <h2>${day.today ? words.today : words.tomorrow}</h2>
      <ul>
        ${day.bookings.slice(0, bookingsShown).map(
          ({ title, time, now }) => html`<li class=${now ? "idle-booking-now" : ""}><span class="figures">${time}${now ? html` <em>${words.now}</em>` : nothing}</span><strong class="name">${title || words.private}</strong></li>`,
        )}
      </ul>
      <p>${words.oneTouch}</p>
    </section>`;
  }

  private health(): TemplateResult {
    const lines = healthLines(this.state, this.strings);
    if (lines.some((line) => line.level === "bad")) {
      return html`<div class="idle-wrong" role="status">
        <ul class="health">
          ${lines.slice(0, 3).map((line) => healthItem(lines.length > 2 ? { ...line, detail: "" } : line))}
        </ul>
      </div>`;
    }
    const { identity } = this.state;
    return html`<p class="idle-well">${icon("check")} <span>${lines.length ? lines.map((line) => line.text).join(", ") : this.strings.health.ready}</span></p>
      <p class="idle-key">${icon("key")}<span>${this.strings.identity.title} ${identityPlace(identity, this.strings)}</span><span class="figures idle-print">${identity.fingerprint}</span></p>`;
  }
}

function way(name: IconName, title: string, how: string): TemplateResult {
  return html`<li class="way">
    <span class="way-icon">${icon(name)}</span>
    <span><strong>${title}</strong><span>${how}</span></span>
  </li>`;
}

function healthItem(line: HealthLine): TemplateResult {
  return html`<li class="health-item health-${line.level}">
    ${icon(line.icon)}
    <span><strong>${line.text}</strong>${line.detail ? html`<span>${line.detail}</span>` : nothing}</span>
    ${line.since ? html`<span class="health-since figures">${line.since}</span>` : nothing}
    ${line.code ? html`<span class="health-code">${line.code}</span>` : nothing}
  </li>`;
}

customElements.define("gr-idle", IdlePage);
