import { html, nothing, type TemplateResult } from "lit";
import { given, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import { codeLink } from "../shared/model/code.ts";
import { shieldView, shownCode } from "../shared/model/shield.ts";
import { qrCode } from "../shared/qr.ts";
import { securityCode } from "../shared/security-code.ts";
import { shieldIcon } from "../shared/shield.ts";
import type { Meeting } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import "./strip.css";

/** Strip is always there in a meeting: shield, security code, its QR code, how many are in. */
export class Strip extends PageElement {
  static override properties = { meeting: given, more: given, strings: given };
  declare meeting: Meeting;
  declare more: number;
  declare strings: Strings;

  protected override render(): TemplateResult {
    const { encryption, people, locked } = this.meeting;
    const code = shownCode(encryption);
    const shield = shieldView(encryption, this.strings, this.meeting.kind === "call");
    return html`<section class="strip strip-${shield.kind}" aria-label=${this.strings.panel.security}>
      <div class="strip-shield" data-testid="shield" data-shield=${shield.kind}>
        ${shieldIcon(shield.kind)}
        <p>
          <strong>${shield.word}${shield.since ? html` <span class="strip-since">(${shield.since})</span>` : nothing}</strong>
          <span>${shield.hint}</span>
        </p>
      </div>
      ${code.length ? this.code(code) : nothing} ${locked ? this.locked() : nothing}
      <p class="strip-people" data-testid="participants" data-count=${people.length}>
        ${icon("people")}
        <span>
          <strong class="figures">${people.length}</strong> ${peopleWord(people.length, this.strings)}
          ${this.more ? html`<span class="strip-hidden">${this.strings.meeting.hidden(this.more)}</span>` : nothing}
        </span>
      </p>
    </section>`;
  }

  /** locked has a barred door for its mark: a padlock would say something about encryption. */
  private locked(): TemplateResult {
    return html`<p class="strip-locked" data-testid="locked">${icon("barred")}<span>${this.strings.meeting.locked}</span></p>`;
  }

  private code(code: readonly string[]): TemplateResult {
    return html`<div class="strip-code">
      ${securityCode(code, 4, this.strings)} ${qrCode(codeLink(code, this.meeting), this.strings.code.qr)}
    </div>`;
  }
}

/** peopleWord is the word after a number that is drawn by itself. */
function peopleWord(count: number, strings: Strings): string {
  return strings.meeting.people(count).replace(/^\d+\s*/, "");
}

customElements.define("gr-strip", Strip);
