import { html, nothing, type TemplateResult } from "lit";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import { shieldView } from "../shared/model/shield.ts";
import { securityCode } from "../shared/security-code.ts";
import { shieldIcon } from "../shared/shield.ts";
import type { Encryption } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";

/** Security shows the code and asks whether everybody reads the same one. */
export class Security extends PageElement {
  static override properties = { encryption: given, asker: givenMutable, strings: given };
  declare encryption: Encryption;
  declare asker: Asker;
  declare strings: Strings;

  protected override render(): TemplateResult {
    const shield = shieldView(this.encryption, this.strings);
    const hasCode = this.encryption.code.length > 0;
    return html`<section class="card security security-${shield.kind}" aria-label=${this.strings.panel.security}>
      <div class="security-shield" data-testid="shield" data-shield=${shield.kind} role="status">
        ${shieldIcon(shield.kind)}
        <p>
          <strong>${shield.word}${shield.since ? html` <span class="security-since">(${shield.since})</span>` : nothing}</strong>
          <span>${shield.hint}</span>
        </p>
      </div>
      ${hasCode ? securityCode(this.encryption.code, 4, this.strings) : nothing} ${hasCode ? this.question() : nothing}
    </section>`;
  }

  private question(): TemplateResult {
    const words = this.strings.panel;
    const { compared, joinedSince } = this.encryption;
    const hint = compared === "match" ? words.matchesHint : compared === "mismatch" ? words.differsHint : words.compareHow;
    // The answer stands out while it is wanted: before the first comparison, and when somebody came since.
    const toCompare = compared === "none" || (compared === "match" && joinedSince > 0);
    const busy = this.asker.busy("compare");
    return html`<div class="question">
      <h2>${words.compareTitle}</h2>
      <p class="question-hint question-${compared}">${hint}</p>
      <div class="question-answers">
        <wa-button
          data-testid="matches"
          variant="brand"
          appearance=${toCompare ? "accent" : "filled-outlined"}
          aria-busy=${busy}
          @click=${() => this.answer(true)}
        ><span class="answer">${icon("check")}${words.matches}</span></wa-button>
        <wa-button
          data-testid="differs"
          variant=${compared === "mismatch" ? "danger" : "neutral"}
          appearance="filled-outlined"
          aria-busy=${busy}
          @click=${() => this.answer(false)}
        ><span class="answer">${icon("cross")}${words.differs}</span></wa-button>
      </div>
    </div>`;
  }

  /** answer sends one answer at a time. The buttons stay enabled meanwhile: a disabled one would lose the focus. */
  private answer(matches: boolean): void {
    if (!this.asker.busy("compare")) void this.asker.ask({ do: "compare", matches });
  }
}

customElements.define("gr-security", Security);
