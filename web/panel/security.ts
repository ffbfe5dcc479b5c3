import { html, nothing, type TemplateResult } from "lit";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import { codeDigits } from "../shared/model/code.ts";
import { comparedOthers } from "../shared/model/people.ts";
import { shieldView, shownCode, type ShieldView } from "../shared/model/shield.ts";
import { securityCode } from "../shared/security-code.ts";
import { shieldIcon } from "../shared/shield.ts";
import type { Meeting, Person, State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";

// How many of the others' findings stand below the code; the people's list has them all.
const findingsShown = 5;

/** Security shows the code and asks whether everybody reads the same one; where there is none, it says why. */
export class Security extends PageElement {
  static override properties = { state: given, asker: givenMutable, strings: given };
  declare state: State;
  declare asker: Asker;
  declare strings: Strings;

  protected override render(): TemplateResult {
    const { meeting } = this.state;
    if (!meeting) return html``;
    const shield = shieldView(meeting.encryption, this.strings, meeting.kind === "call");
    const code = shownCode(meeting.encryption);
    return html`<section class="card security security-${shield.kind}" aria-label=${this.strings.panel.security}>
      ${this.shield(shield)}
      ${code.length
        ? html`${securityCode(code, 4, this.strings)} ${this.question(meeting, codeDigits(code))} ${this.findings(meeting)}`
        : meeting.encryption.kind === "enhanced"
          ? this.enhanced(meeting)
          : nothing}
    </section>`;
  }

  private shield(shield: ShieldView): TemplateResult {
    return html`<div class="security-shield" data-testid="shield" data-shield=${shield.kind} role="status">
      ${shieldIcon(shield.kind)}
      <p>
        <strong>${shield.word}${shield.since ? html` <span class="security-since">(${shield.since})</span>` : nothing}</strong>
        <span>${shield.hint}</span>
      </p>
    </div>`;
  }

  private question(meeting: Meeting, code: string): TemplateResult {
    const words = this.strings.panel;
    const isCall = meeting.kind === "call";
    const { compared, joinedSince } = meeting.encryption;
    const how = isCall ? words.compareCallHow : words.compareHow;
    const hint = compared === "match" ? words.matchesHint : compared === "mismatch" ? words.differsHint : how;
    // The answer stands out while it is wanted: before the first comparison, and when somebody came since.
    const toCompare = compared === "none" || (compared === "match" && joinedSince > 0);
    const busy = this.asker.busy("compare");
    return html`<div class="question">
      <h2>${isCall ? words.compareCallTitle : words.compareTitle}</h2>
      <p class="question-hint question-${compared}">${hint}</p>
      <div class="question-answers">
        <wa-button
          data-testid="matches"
          variant="brand"
          appearance=${toCompare ? "accent" : "filled-outlined"}
          aria-busy=${busy}
          @click=${() => this.answer(true, code)}
        ><span class="answer">${icon("check")}${words.matches}</span></wa-button>
        <wa-button
          data-testid="differs"
          variant=${compared === "mismatch" ? "danger" : "neutral"}
          appearance="filled-outlined"
          aria-busy=${busy}
          @click=${() => this.answer(false, code)}
        ><span class="answer">${icon("cross")}${words.differs}</span></wa-button>
      </div>
    </div>`;
  }

  /** answer sends one answer at a time, with the code that was read. The buttons stay enabled meanwhile: a disabled one would lose the focus. */
  private answer(matches: boolean, code: string): void {
    if (!this.asker.busy("compare")) void this.asker.ask({ do: "compare", matches, code });
  }

  private findings(meeting: Meeting): TemplateResult | typeof nothing {
    const others = comparedOthers(meeting);
    if (!others.length) return nothing;
    const words = this.strings.panel;
    const more = others.length - findingsShown;
    return html`<section class="findings" aria-label=${words.othersCompared} data-testid="findings">
      <h3>${words.othersCompared}</h3>
      <ul>
        ${others.slice(0, findingsShown).map((person) => finding(person, this.strings))}
        ${more > 0 ? html`<li>${this.strings.meeting.hidden(more)}</li>` : nothing}
      </ul>
    </section>`;
  }

  /** enhanced says in words what the tick does not: somebody else has the key. */
  private enhanced(meeting: Meeting): TemplateResult {
    const words = this.strings.panel;
    const isCall = meeting.kind === "call";
    return html`<div class="enhanced" data-testid="enhanced">
      <h2>${words.enhancedTitle}</h2>
      <p>${words.enhancedHow(this.state.room.hubName)}</p>
      ${isCall || meeting.host
        ? html`<wa-button data-testid="upgrade" variant="brand" appearance="accent" ?loading=${this.asker.busy("upgrade")} @click=${() => void this.asker.ask({ do: "upgrade" })}>
              <span class="answer">${icon("upgrade")}${words.upgrade}</span>
            </wa-button>
            <p>${isCall ? words.upgradeCallHint : words.upgradeHint}</p>`
        : html`<p>${words.upgradeByHost}</p>`}
    </div>`;
  }
}

function finding({ name, compared }: Person, { panel: words }: Strings): TemplateResult {
  const matches = compared === "match";
  return html`<li class="finding-${compared}">
    ${icon(matches ? "check" : "cross")}<span class="name">${name}</span><span>${matches ? words.foundMatch : words.foundMismatch}</span>
  </li>`;
}

customElements.define("gr-security", Security);
