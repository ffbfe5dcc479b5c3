import { html, nothing, type TemplateResult } from "lit";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";

const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/**
 * JoinForm takes a meeting's number and passcode, from the pad on the screen or from a keyboard. The inputs hold the
 * truth; the pad types into the one that was touched last.
 */
export class JoinForm extends PageElement {
  static override properties = {
    asker: givenMutable,
    busy: given,
    strings: given,
    missing: { state: true },
  };
  declare asker: Asker;
  declare busy: boolean;
  declare strings: Strings;
  declare missing: boolean;

  private target: "number" | "passcode" = "number";

  protected override render(): TemplateResult {
    const words = this.strings.panel;
    return html`<section class="card join" aria-label=${words.joinTitle}>
      <h2>${words.joinTitle}</h2>
      <div class="fields">${this.field("number", words.number)} ${this.field("passcode", words.passcode)}</div>
      <p class="join-missing" id="join-missing" aria-live="polite">${this.missing ? words.numberMissing : nothing}</p>
      <div class="keypad" role="group" aria-label=${words.keypad}>
        ${keys.map((digit) => this.key(digit))}
        <button type="button" class="key key-word" @click=${this.next}>${words.next}</button>
        ${this.key("0")}
        <button type="button" class="key" aria-label=${words.erase} @click=${this.erase}>${icon("erase")}</button>
      </div>
      <wa-button class="join-go" data-testid="join" type="button" variant="brand" appearance="accent" ?loading=${this.busy} @click=${this.go}>${words.join}</wa-button>
    </section>`;
  }

  private field(name: "number" | "passcode", label: string): TemplateResult {
    // inputmode none: the pad below is the keyboard of a touch panel; a real keyboard still works.
    return html`<label class="field">
      <span>${label}</span>
      <input
        class="figures"
        name=${name}
        data-testid=${name}
        type="text"
        inputmode="none"
        maxlength="32"
        spellcheck="false"
        autocomplete="off"
        aria-describedby=${name === "number" ? "join-missing" : nothing}
        aria-invalid=${name === "number" && this.missing ? "true" : "false"}
        @focus=${() => (this.target = name)}
        @input=${() => (this.missing = false)}
        @keydown=${this.enter}
      />
    </label>`;
  }

  private key(digit: string): TemplateResult {
    return html`<button type="button" class="key figures" aria-label=${this.strings.panel.key(digit)} @click=${() => this.type(digit)}>${digit}</button>`;
  }

  private input(name: "number" | "passcode"): HTMLInputElement {
    const input = this.querySelector<HTMLInputElement>(`input[name=${name}]`);
    if (!input) throw new Error(`the join form has no field ${name}`);
    return input;
  }

  private type(digit: string): void {
    const input = this.input(this.target);
    if (input.value.length < input.maxLength) input.value += digit;
    this.missing = false;
  }

  private readonly erase = (): void => {
    const input = this.input(this.target);
    input.value = input.value.slice(0, -1);
  };

  private readonly next = (): void => {
    this.input(this.target === "number" ? "passcode" : "number").focus();
  };

  private readonly enter = (event: KeyboardEvent): void => {
    if (event.key === "Enter") this.go();
  };

  private readonly go = (): void => {
    const number = this.input("number").value.replaceAll(/\D/g, "");
    if (!number) {
      this.missing = true;
      this.input("number").focus();
      return;
    }
    void this.asker.ask({ do: "join", number, passcode: this.input("passcode").value.trim() });
  };
}

customElements.define("gr-join", JoinForm);
