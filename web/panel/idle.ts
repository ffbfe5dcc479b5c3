import { html, nothing, type TemplateResult } from "lit";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import type { IconName } from "../shared/icons.ts";
import { healthLines } from "../shared/model/health.ts";
import { shieldIcon } from "../shared/shield.ts";
import type { State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";
import "./bookings.ts";
import { checkCard } from "./check.ts";
import "./calls.ts";
import { equipped } from "./equipment.ts";
import "./join.ts";
import "./preview.ts";

/** Way is how to come into a meeting: as the room is booked, with its number, or by calling somebody; or else what stands in the room. */
type Way = "booked" | "join" | "call" | "room";

/** PanelIdle is the panel between meetings: meet now, join by number, and how camera and microphone do. */
export class PanelIdle extends PageElement {
  static override properties = { state: given, now: given, asker: givenMutable, strings: given, way: { state: true }, checking: { state: true } };
  declare state: State;
  declare now: number;
  declare asker: Asker;
  declare strings: Strings;
  declare way: Way;
  /** The room's own picture is shown. */
  declare checking: boolean;

  private readonly check = (): void => void (this.checking = !this.checking);
  private readonly checked = (): void => void (this.checking = false);

  protected override render(): TemplateResult {
    const words = this.strings.panel;
    const health = this.health();
    return html`<div class="idle">
      <div class="idle-left ${this.checking ? "idle-checking" : ""}">
        <wa-button
          class="meet-now"
          data-testid="meet-now"
          variant="brand"
          ?loading=${this.asker.busy("meet-now")}
          @click=${() => void this.asker.ask({ do: "meet-now" })}
        >
          <span class="meet-now-label">${icon("plus")}<span><strong>${words.meetNow}</strong><small>${words.meetNowHint}</small></span></span>
        </wa-button>
        ${this.checking
          ? html`<gr-preview .camera=${this.state.devices.camera} .strings=${this.strings} @closed=${this.checked}></gr-preview>`
          : health}
        ${checkCard(this.state, this.asker, this.strings, { open: this.checking ?? false, turn: this.check })}
        ${this.checking || health !== nothing || this.state.refusal ? nothing : html`<p class="card promise">${shieldIcon("e2ee")}<span>${this.strings.idle.private}</span></p>`}
      </div>
      <div class="idle-right">${this.ways()}</div>
    </div>`;
  }

  /** ways is the join form and, where there are any, what the room is booked for and whom it can call. What was typed stays when the way changes. */
  private ways(): TemplateResult {
    const { state, asker, strings } = this;
    const callable = state.callees.length > 0;
    const hasRoom = equipped(state);
    const booked = state.bookings.length > 0;
    const there: Record<Way, boolean> = { booked, join: true, call: callable, room: hasRoom };
    const wanted = this.way ?? (booked ? "booked" : "join");
    const way = there[wanted] ? wanted : "join";
    return html`${booked || callable || hasRoom ? html`<div class="ways" role="group" aria-label=${strings.panel.ways}>
          ${booked ? this.choice("booked", "calendar", strings.bookings.short, way) : nothing} ${this.choice("join", "keypad", strings.panel.joinTitle, way)}
          ${callable ? this.choice("call", "call", strings.panel.call, way) : nothing} ${hasRoom ? this.choice("room", "equipment", strings.equipment.title, way) : nothing}
        </div>` : nothing}
      ${way === "booked" ? html`<gr-bookings .state=${state} .now=${this.now} .asker=${asker} .strings=${strings}></gr-bookings>` : nothing}
      ${way === "room" ? html`<gr-equipment .state=${state} .asker=${asker} .strings=${strings}></gr-equipment>` : nothing}
      <gr-join ?hidden=${way !== "join"} .asker=${asker} .busy=${asker.busy("join")} .strings=${strings}></gr-join>
      ${callable ? html`<gr-calls ?hidden=${way !== "call"} .callees=${state.callees} .asker=${asker} .strings=${strings}></gr-calls>` : nothing}`;
  }

  private choice(way: Way, sign: IconName, label: string, chosen: Way): TemplateResult {
    return html`<button type="button" class="way" data-testid=${`way-${way}`} aria-pressed=${chosen === way} @click=${() => (this.way = way)}>
      ${icon(sign)}<span>${label}</span>
    </button>`;
  }

  private health(): TemplateResult | typeof nothing {
    const bad = healthLines(this.state, this.strings).filter((line) => line.level === "bad");
    if (!bad.length) return nothing;
    return html`<div role="status"><ul class="health">
      ${bad.slice(0, 2).map(
        (line, i) => html`<li>${icon(line.icon)}<span><strong>${line.text}</strong>${line.detail && i === 0 ? html`<span>${line.detail}</span>` : nothing}</span></li>`,
      )}
    </ul></div>`;
  }
}

customElements.define("gr-panel-idle", PanelIdle);
