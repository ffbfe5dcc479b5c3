import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import { Unread } from "../shared/model/chat.ts";
import { elapsed } from "../shared/model/time.ts";
import type { Meeting, State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";
import type { Attention } from "./attention.ts";
import "./chat.ts";
import { checkCard } from "./check.ts";
import "./controls.ts";
import "./equipment.ts";
import { factsCard } from "./facts.ts";
import { frontCards } from "./front.ts";
import type { Pane } from "./pane.ts";
import "./people.ts";
import "./security.ts";

/** PanelMeeting is the panel in a meeting: the code to compare, what was opened beside it, and the controls. */
export class PanelMeeting extends PageElement {
  static override properties = {
    state: given,
    asker: givenMutable,
    attention: givenMutable,
    now: given,
    strings: given,
    pane: { state: true },
  };
  declare state: State;
  declare asker: Asker;
  declare attention: Attention;
  declare now: number;
  declare strings: Strings;
  declare pane: Pane;

  private readonly unread = new Unread();

  constructor() {
    super();
    this.pane = "facts";
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const { meeting } = this.state;
    if (meeting && this.pane === "chat") this.unread.read(meeting);
  }

  protected override render(): TemplateResult {
    const { state, asker, attention, strings } = this;
    const { meeting } = state;
    if (!meeting) return html``;
    const front = { asker, attention, strings, changed: () => this.requestUpdate() };
    return html`<div class="meeting" @keydown=${this.escape}>
      ${this.linkLine(meeting)} ${frontCards(front, meeting)}
      <div class="meeting-cards" data-pane=${this.pane}>
        <gr-security .state=${state} .asker=${asker} .strings=${strings}></gr-security>
        <div class="meeting-side">${this.side(meeting)}</div>
      </div>
      <gr-controls .state=${state} .pane=${this.pane} .unread=${this.unread.count(meeting)} .asker=${asker} .strings=${strings} @pane=${this.opened}></gr-controls>
    </div>`;
  }

  private side(meeting: Meeting): TemplateResult {
    const { state, asker, strings } = this;
    switch (this.pane) {
      case "facts":
        return html`${factsCard(meeting, asker, strings)} ${checkCard(state, asker, strings)}`;
      case "people":
        return html`<gr-people .state=${state} .asker=${asker} .strings=${strings} @closed=${this.close}></gr-people>`;
      case "chat":
        return html`<gr-chat .state=${state} .asker=${asker} .strings=${strings} @closed=${this.close}></gr-chat>`;
      case "room":
        return html`<gr-equipment .state=${state} .asker=${asker} .strings=${strings} .closable=${true} @closed=${this.close}></gr-equipment>`;
    }
  }

  private readonly opened = (event: CustomEvent<Pane>): void => {
    this.pane = event.detail;
  };

  /** close shows the meeting's facts again; the focus goes back to the button that opened what is closed. */
  private readonly close = (): void => {
    const opener = `[data-testid="${this.pane}"]`;
    this.pane = "facts";
    this.querySelector<HTMLElement>(opener)?.focus();
  };

  private readonly escape = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && this.pane !== "facts") this.close();
  };

  private linkLine(meeting: Meeting): TemplateResult {
    const words = this.strings.meeting;
    const text = !meeting.link.up
      ? words.reconnecting(elapsed(meeting.link.since, this.now))
      : meeting.link.quiet
        ? words.quiet(meeting.encryption.leader)
        : "";
    return html`<div class="meeting-note" role="status">${text ? html`<p class="link-line figures">${icon("link")} ${text}</p>` : nothing}</div>`;
  }
}

customElements.define("gr-panel-meeting", PanelMeeting);
