import { html, nothing, type TemplateResult } from "lit";
import { given, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import type { Strings } from "../shared/strings/index.ts";

/** Compare walks through the code, one group of five digits at a time, as large as it gets. */
export class Compare extends PageElement {
  static override properties = { groups: given, strings: given, at: { state: true } };
  declare groups: string[];
  declare strings: Strings;
  declare at: number;
  /** The code when it began: another one, from another leader, is begun with anew. */
  private begun = "";

  constructor() {
    super();
    this.at = 0;
  }

  protected override willUpdate(): void {
    const code = this.groups.join("");
    if (this.begun !== code) this.at = 0;
    this.begun = code;
  }

  protected override firstUpdated(): void {
    this.querySelector("dialog")?.showModal();
  }

  protected override render(): TemplateResult {
    const words = this.strings.guest;
    const group = this.groups[this.at] ?? "";
    return html`<dialog class="compare" aria-labelledby="compare-title" @cancel=${this.cancel} data-testid="compare-dialog" data-at=${this.at}>
      <h2 id="compare-title">${words.compareTitle}</h2>
      <p>${words.compareHow}</p>
      <p class="compare-step">${words.group(this.at + 1)}</p>
      <p class="compare-group figures" aria-label=${[...group].join(" ")} role="status" data-testid="group">${group}</p>
      <ol class="compare-row figures" aria-hidden="true">${this.groups.map((text, i) => html`<li class=${i === this.at ? "here" : i < this.at ? "done" : ""}>${i < this.at ? text : i === this.at ? "•••••" : nothing}</li>`)}</ol>
      <div class="compare-answers">
        <button class="button button-main" data-testid="same" @click=${this.same} autofocus>${icon("check")} ${words.same}</button>
        <button class="button button-danger" data-testid="different" @click=${() => this.tell("differs")}>${icon("cross")} ${words.different}</button>
        <button class="button" data-testid="compare-cancel" @click=${this.cancel}>${words.cancel}</button>
      </div>
    </dialog>`;
  }

  private readonly same = (): void => {
    if (this.at + 1 < this.groups.length) this.at++;
    else this.tell("matches");
  };

  private readonly cancel = (): void => this.tell("cancel");

  private tell(what: "matches" | "differs" | "cancel"): void {
    this.dispatchEvent(new CustomEvent(what));
  }
}

customElements.define("gr-compare", Compare);
