import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import { matching } from "../shared/model/callees.ts";
import { initials } from "../shared/model/people.ts";
import type { Callee } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";
import "./calls.css";

// Up to so many are found at a glance.
const searchFrom = 9;

/** Calls lists whom this room can call, and calls the one that is touched. */
export class Calls extends PageElement {
  static override properties = { callees: given, asker: givenMutable, strings: given, wanted: { state: true } };
  declare callees: Callee[];
  declare asker: Asker;
  declare strings: Strings;
  declare wanted: string;

  protected override render(): TemplateResult {
    const words = this.strings.panel;
    const found = matching(this.callees, this.wanted ?? "", this.strings.language);
    return html`<section class="card calls" aria-label=${words.callTitle}>
      <h2>${words.callTitle}</h2>
      ${this.callees.length >= searchFrom ? this.search() : nothing}
      <ul class="callees" aria-live="polite">
        ${repeat(found, (callee) => callee.id, (callee) => this.callee(callee))}
        ${found.length ? nothing : html`<li class="callees-none">${words.callNobody}</li>`}
      </ul>
    </section>`;
  }

  private search(): TemplateResult {
    const words = this.strings.panel;
    return html`<label class="field field-search">
      <span class="visually-hidden">${words.callSearch}</span>
      ${icon("search")}
      <input
        data-testid="call-search"
        type="search"
        placeholder=${words.callSearch}
        autocomplete="off"
        spellcheck="false"
        @input=${(event: Event) => (this.wanted = (event.target as HTMLInputElement).value)}
      />
    </label>`;
  }

  private callee({ id, name }: Callee): TemplateResult {
    return html`<li>
      <button
        type="button"
        class="callee"
        data-callee=${id}
        aria-busy=${this.asker.busy("call", id)}
        @click=${() => this.call(id)}
      >
        <span class="person-initials" aria-hidden="true">${initials(name)}</span><span class="visually-hidden">${this.strings.panel.call} </span><span class="callee-name name">${name}</span>${icon("call")}
      </button>
    </li>`;
  }

  private call(person: string): void {
    if (!this.asker.busy("call")) void this.asker.ask({ do: "call", person });
  }
}

customElements.define("gr-calls", Calls);
