import { html, nothing, type TemplateResult } from "lit";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import { formatNumber } from "../shared/model/code.ts";
import { elapsed } from "../shared/model/time.ts";
import type { Meeting, Person, State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";
import { checkCard } from "./check.ts";
import "./controls.ts";
import "./people.ts";
import "./security.ts";

// How many names stand beside the code; the People button shows all.
const presentShown = 4;

function presentIcon(person: Person): TemplateResult {
  return icon(person.muted ? "microphone-off" : person.speaking ? "speaking" : "microphone");
}

/** PanelMeeting is the panel in a meeting: the code to compare, and the controls. */
export class PanelMeeting extends PageElement {
  static override properties = {
    state: given,
    asker: givenMutable,
    now: given,
    strings: given,
    peopleOpen: { state: true },
  };
  declare state: State;
  declare asker: Asker;
  declare now: number;
  declare strings: Strings;
  declare peopleOpen: boolean;

  protected override render(): TemplateResult {
    const { meeting } = this.state;
    if (!meeting) return html``;
    const { asker, strings } = this;
    return html`<div class="meeting">
      ${this.linkLine(meeting)}
      <div class="meeting-cards">
        <gr-security .encryption=${meeting.encryption} .asker=${asker} .strings=${strings}></gr-security>
        <div class="meeting-side">${this.facts(meeting)} ${checkCard(this.state, asker, strings)}</div>
      </div>
      <gr-controls .state=${this.state} .asker=${asker} .strings=${strings} @people=${() => (this.peopleOpen = true)}></gr-controls>
      <gr-people .meeting=${meeting} .open=${this.peopleOpen ?? false} .asker=${asker} .strings=${strings} @closed=${() => (this.peopleOpen = false)}></gr-people>
    </div>`;
  }

  private linkLine(meeting: Meeting): TemplateResult {
    const words = this.strings.meeting;
    const text = !meeting.link.up
      ? words.reconnecting(elapsed(meeting.link.since, this.now))
      : meeting.link.quiet
        ? words.quiet(meeting.encryption.leader)
        : "";
    return html`<div class="meeting-note" role="status">${text ? html`<p class="link-line figures">${icon("link")} ${text}</p>` : nothing}</div>`;
  }

  private facts(meeting: Meeting): TemplateResult {
    const words = this.strings.meeting;
    return html`<section class="card facts">
      <h2 class="name">${meeting.title || words.untitled}</h2>
      <dl>
        ${meeting.number ? html`<div><dt>${words.number}</dt><dd class="figures">${formatNumber(meeting.number)}</dd></div>` : nothing}
        ${meeting.passcode ? html`<div><dt>${words.passcode}</dt><dd class="figures">${meeting.passcode}</dd></div>` : nothing}
      </dl>
      <ul class="present" aria-label=${this.strings.panel.people}>
        ${meeting.people.slice(0, presentShown).map((person) => html`<li>${presentIcon(person)}<span class="name">${person.name}</span></li>`)}
        ${meeting.people.length > presentShown ? html`<li>${words.hidden(meeting.people.length - presentShown)}</li>` : nothing}
      </ul>
    </section>`;
  }
}

customElements.define("gr-panel-meeting", PanelMeeting);
