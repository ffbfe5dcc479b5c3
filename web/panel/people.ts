import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import { initials } from "../shared/model/stage.ts";
import type { Meeting, Person } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";
import "./people.css";

/** People lists who is in the meeting, and lets a host remove somebody, after asking once. */
export class People extends PageElement {
  static override properties = {
    meeting: given,
    open: given,
    asker: givenMutable,
    strings: given,
    removing: { state: true },
  };
  declare meeting: Meeting;
  declare open: boolean;
  declare asker: Asker;
  declare strings: Strings;
  declare removing: string;

  protected override render(): TemplateResult {
    const words = this.strings.panel;
    const { people } = this.meeting;
    return html`<wa-dialog class="people" without-header label=${words.people} .open=${this.open} @wa-after-hide=${this.closed}>
      <header class="people-head">
        <h2>${words.peopleTitle(people.length)}</h2>
        <wa-button data-testid="people-close" appearance="filled" @click=${this.closed}>${words.close}</wa-button>
      </header>
      <ul class="people-list">
        ${repeat(people, (person) => person.id, (person) => this.row(person))}
      </ul>
    </wa-dialog>`;
  }

  private row(person: Person): TemplateResult {
    const mayRemove = this.meeting.host && !person.self;
    return html`<li class="person" data-person=${person.id}>
      <span class="person-initials" aria-hidden="true">${initials(person.name)}</span>
      <span class="person-text">
        <strong class="name">${person.name}</strong>
        <span class="person-facts">${this.facts(person)}</span>
      </span>
      ${this.removing === person.id ? this.sure(person) : mayRemove ? this.removeButton(person) : nothing}
    </li>`;
  }

  private facts(person: Person): TemplateResult[] {
    const words = this.strings.panel;
    const facts: string[] = [];
    if (person.self) facts.push(words.you);
    if (person.leader) facts.push(words.leads);
    if (person.role === "host") facts.push(words.host);
    if (person.role === "co-host") facts.push(words.coHost);
    const list = facts.map((fact) => html`<span>${fact}</span>`);
    list.push(
      person.verified
        ? html`<span class="person-verified">${icon("check")}${words.verifiedName}</span>`
        : html`<span class="person-unverified">${icon("unknown")}${this.strings.meeting.unverifiedLong}</span>`,
    );
    if (person.muted) list.push(html`<span class="person-muted">${icon("microphone-off")}${this.strings.meeting.muted}</span>`);
    return list;
  }

  private removeButton(person: Person): TemplateResult {
    const words = this.strings.panel;
    return html`<button type="button" class="person-remove" aria-label=${words.removeName(person.name)} @click=${() => (this.removing = person.id)}>${words.remove}</button>`;
  }

  private sure(person: Person): TemplateResult {
    const words = this.strings.panel;
    return html`<div class="person-sure" role="alert">
      <p><strong>${words.removeSure(person.name)}</strong><span>${words.removeHint}</span></p>
      <wa-button variant="danger" data-testid="remove-sure" @click=${() => this.takeOut(person)}>${words.remove}</wa-button>
      <wa-button appearance="filled" @click=${() => (this.removing = "")}>${words.keep}</wa-button>
    </div>`;
  }

  private takeOut(person: Person): void {
    this.removing = "";
    void this.asker.ask({ do: "remove", person: person.id });
  }

  private readonly closed = (event: Event): void => {
    // Dialogs inside would send the same event.
    if (event.type === "wa-after-hide" && event.target !== event.currentTarget) return;
    this.removing = "";
    this.dispatchEvent(new CustomEvent("closed"));
  };
}

customElements.define("gr-people", People);
