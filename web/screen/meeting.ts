import { html, nothing, type TemplateResult } from "lit";
import { given, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import { formatNumber } from "../shared/model/code.ts";
import { stageOf } from "../shared/model/stage.ts";
import { clockTime, elapsed } from "../shared/model/time.ts";
import type { Meeting, State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import { aside } from "./aside.ts";
import "./meeting.css";
import { noticeList } from "./notices.ts";
import "./self.ts";
import "./stage.ts";
import "./strip.ts";

/** MeetingPage is the wall in a meeting: faces, what just changed, and the strip with the shield and the code. */
export class MeetingPage extends PageElement {
  static override properties = {
    state: given,
    now: given,
    strings: given,
    streams: given,
  };
  declare state: State;
  declare now: number;
  declare strings: Strings;
  declare streams: MediaStream[];

  protected override render(): TemplateResult {
    const { meeting } = this.state;
    if (!meeting) return html``;
    const stage = stageOf(meeting, this.strings);
    const down = !meeting.link.up;
    return html`<div class="meeting">
      ${this.head(meeting)}
      <section class="meeting-stage ${down ? "meeting-down" : ""}">
        ${stage.tiles.length
          ? html`<gr-stage .tiles=${stage.tiles} .streams=${this.streams} .strings=${this.strings}></gr-stage>`
          : this.alone(meeting)}
      </section>
      <div class="meeting-over" role="status">${down ? this.reconnecting(meeting) : noticeList(meeting, this.now, this.strings)}</div>
      ${aside(meeting, stage.reacting, this.now, this.strings)}
      <gr-strip .meeting=${meeting} .more=${stage.hidden} .strings=${this.strings}></gr-strip>
    </div>`;
  }

  private head(meeting: Meeting): TemplateResult {
    const words = this.strings.meeting;
    return html`<header class="meeting-head">
      <h1 class="name">${meeting.title || (meeting.kind === "call" ? words.call : words.untitled)}</h1>
      ${meeting.number
        ? html`<p class="meeting-fact">${words.number} <strong class="figures">${formatNumber(meeting.number)}</strong></p>`
        : nothing}
      ${meeting.passcode ? html`<p class="meeting-fact">${words.passcode} <strong class="figures">${meeting.passcode}</strong></p>` : nothing}
      <gr-self .state=${this.state} .strings=${this.strings}></gr-self>
      <time class="figures">${clockTime(this.now, this.state.room)}</time>
    </header>`;
  }

  private alone(meeting: Meeting): TemplateResult {
    const words = this.strings.meeting;
    return html`<div class="alone">
      <h2>${meeting.kind === "call" ? words.aloneCall : words.alone}</h2>
      <p>${meeting.kind === "call" ? nothing : meeting.passcode ? words.aloneHintPasscode : meeting.host ? words.aloneHintPanel : words.aloneHint}</p>
      <dl>
        ${meeting.number
          ? html`<div><dt>${words.number}</dt><dd class="figures">${formatNumber(meeting.number)}</dd></div>`
          : nothing}
        ${meeting.passcode ? html`<div><dt>${words.passcode}</dt><dd class="figures">${meeting.passcode}</dd></div>` : nothing}
      </dl>
    </div>`;
  }

  private reconnecting(meeting: Meeting): TemplateResult {
    const words = this.strings.meeting;
    return html`<div class="reconnecting" data-testid="reconnecting">
      <span class="reconnecting-icon">${icon("link")}</span>
      <h2 class="figures">${words.reconnecting(elapsed(meeting.link.since, this.now))}</h2>
      <p>${words.reconnectingHint}</p>
    </div>`;
  }
}

customElements.define("gr-meeting", MeetingPage);
