import { html, nothing, type TemplateResult } from "lit";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import type { Adjustment } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";
import "./adjust.css";

/**
 * Adjust is what can be adjusted about the camera's picture, a slider each. While one is drawn the room is asked for what it
 * shows, one value after the other: of those that come while an answer is awaited, the last one counts.
 */
export class Adjust extends PageElement {
  static override properties = { adjustments: given, asker: givenMutable, strings: given };
  declare adjustments: Adjustment[];
  declare asker: Asker;
  declare strings: Strings;

  private readonly next = new Map<string, number>();
  private asking = false;

  protected override render(): TemplateResult {
    const words = this.strings.equipment;
    const changed = this.adjustments.filter((adjustment) => !adjustment.idle && adjustment.value !== adjustment.default);
    return html`<section aria-label=${words.picture}>
      <h3>${words.picture}</h3>
      ${this.adjustments.map((adjustment) => (isSwitch(adjustment) ? this.turn(adjustment) : this.slider(adjustment)))}
      ${changed.length
        ? html`<button type="button" class="small" data-testid="adjust-reset" @click=${() => changed.forEach((adjustment) => this.set(adjustment.name, adjustment.default))}>${words.pictureReset}</button>`
        : nothing}
    </section>`;
  }

  private slider({ name, least, most, step, value, idle }: Adjustment): TemplateResult {
    const move = (event: Event): void => this.set(name, (event.target as HTMLInputElement).valueAsNumber);
    return html`<label class="adjust ${idle ? "adjust-idle" : ""}">
      <span>${this.label(name)}</span>
      <input type="range" data-adjust=${name} min=${least} max=${most} step=${step} .valueAsNumber=${this.next.get(name) ?? value} ?disabled=${idle} @input=${move} />
    </label>`;
  }

  private turn({ name, value }: Adjustment): TemplateResult {
    const on = value !== 0;
    return html`<button type="button" class="small ${on ? "small-good" : ""}" data-adjust=${name} aria-pressed=${on} @click=${() => this.set(name, on ? 0 : 1)}>
      ${on ? icon("check") : nothing}${this.label(name)}
    </button>`;
  }

  private label(name: string): string {
    return this.strings.equipment.adjustments[name as keyof Strings["equipment"]["adjustments"]] ?? name;
  }

  private set(name: string, value: number): void {
    this.next.set(name, value);
    if (!this.asking) void this.ask();
  }

  private async ask(): Promise<void> {
    this.asking = true;
    for (let [first] = this.next; first; [first] = this.next) {
      const [name, value] = first;
      await this.asker.ask({ do: "camera-adjust", text: name, value });
      if (this.next.get(name) === value) this.next.delete(name);
    }
    this.asking = false;
  }
}

function isSwitch({ least, most }: Adjustment): boolean {
  return least === 0 && most === 1;
}

customElements.define("gr-adjust", Adjust);
