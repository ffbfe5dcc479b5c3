import { html, type TemplateResult } from "lit";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { formatNumber } from "../shared/model/code.ts";
import { elapsed } from "../shared/model/time.ts";
import type { State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";

/** PanelJoining says what a join waits for, and lets people give it up. */
export class PanelJoining extends PageElement {
  static override properties = {
    state: given,
    asker: givenMutable,
    now: given,
    strings: given,
  };
  declare state: State;
  declare asker: Asker;
  declare now: number;
  declare strings: Strings;

  protected override render(): TemplateResult {
    const { joining } = this.state;
    const words = this.strings.joining;
    const ringing = joining?.step === "ringing";
    const what = ringing ? words.steps.ringing : joining?.title || (joining?.number ? words.number(formatNumber(joining.number)) : words.now);
    return html`<section class="still">
      <p class="still-what">${what}</p>
      <div role="status">
        <h2>${ringing ? words.calling(joining.title) : joining ? words.steps[joining.step] : words.title}</h2>
        <p>${joining ? words.hints[joining.step] : ""}</p>
      </div>
      <p class="still-time figures" role="timer">${joining ? elapsed(joining.since, this.now) : ""}</p>
      <wa-button class="still-button" data-testid="cancel" appearance="filled" ?loading=${this.asker.busy("leave")} @click=${() => void this.asker.ask({ do: "leave" })}>
        ${ringing ? this.strings.panel.hangUp : this.strings.panel.cancel}
      </wa-button>
    </section>`;
  }
}

customElements.define("gr-panel-joining", PanelJoining);
