import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import type { Meeting, State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";
import { paneHead } from "./pane.ts";
import { personRow, type Step } from "./person.ts";
import { waitingList } from "./waiting.ts";
import "./people.css";

/** People lists who is in the meeting and who waits, and gives hosts what hosts can do. */
export class People extends PageElement {
  static override properties = { state: given, asker: givenMutable, strings: given, chosen: { state: true }, step: { state: true } };
  declare state: State;
  declare asker: Asker;
  declare strings: Strings;
  declare chosen: string;
  declare step: Step;

  protected override render(): TemplateResult {
    const { meeting } = this.state;
    if (!meeting) return html``;
    const words = this.strings.panel;
    return html`<section class="card pane" id="people" aria-label=${words.people}>
      ${paneHead(words.peopleTitle(meeting.people.length), this.strings, this)}
      <div class="pane-list" tabindex="0" role="group" aria-label=${words.people}>
        ${meeting.host && meeting.kind !== "call" ? this.lock() : nothing} ${waitingList(meeting, this.asker, this.strings)}
        <ul>
          ${repeat(meeting.people, (person) => person.id, (person) => personRow(person, this.row(meeting, person.id)))}
        </ul>
        <p class="pane-hint">${words.namesHint}</p>
      </div>
    </section>`;
  }

  private lock(): TemplateResult {
    const words = this.strings.panel;
    const locked = this.asker.shows("lock", this.state);
    return html`<div class="lock">
      <button type="button" class="small" data-testid="lock" data-on=${locked} @click=${() => this.asker.turn("lock", this.state)}>
        ${icon(locked ? "door" : "barred")}${locked ? words.unlock : words.lock}
      </button>
      <p role="status">${locked ? words.lockOn : words.lockOff}</p>
    </div>`;
  }

  private row(meeting: Meeting, id: string): Parameters<typeof personRow>[1] {
    const { asker, strings } = this;
    return { meeting, step: this.chosen === id ? this.step : "look", go: (step) => this.go(id, step), asker, strings };
  }

  /** go takes the focus along, since what was pressed may be gone. */
  private go(id: string, step: Step): void {
    [this.chosen, this.step] = [id, step];
    const target = step === "look" ? '[data-testid="person-menu"]' : "[data-first]";
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(`[data-person="${CSS.escape(id)}"] ${target}`)?.focus());
  }
}

customElements.define("gr-people", People);
