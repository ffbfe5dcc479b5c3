import { html, nothing, type TemplateResult } from "lit";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import { healthLines } from "../shared/model/health.ts";
import { shieldIcon } from "../shared/shield.ts";
import type { State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";
import { checkCard } from "./check.ts";
import "./join.ts";

/** PanelIdle is the panel between meetings: meet now, join by number, and how camera and microphone do. */
export class PanelIdle extends PageElement {
  static override properties = { state: given, asker: givenMutable, strings: given };
  declare state: State;
  declare asker: Asker;
  declare strings: Strings;

  protected override render(): TemplateResult {
    const words = this.strings.panel;
    return html`<div class="idle">
      <div class="idle-left">
        <wa-button
          class="meet-now"
          data-testid="meet-now"
          variant="brand"
          ?loading=${this.asker.busy("meet-now")}
          @click=${() => void this.asker.ask({ do: "meet-now" })}
        >
          <span class="meet-now-label">${icon("plus")}<span><strong>${words.meetNow}</strong><small>${words.meetNowHint}</small></span></span>
        </wa-button>
        ${this.health()} ${checkCard(this.state, this.asker, this.strings)}
        <p class="card promise">${shieldIcon("e2ee")}<span>${this.strings.idle.private}</span></p>
      </div>
      <gr-join .asker=${this.asker} .busy=${this.asker.busy("join")} .strings=${this.strings}></gr-join>
    </div>`;
  }

  private health(): TemplateResult | typeof nothing {
    const bad = healthLines(this.state, this.strings).filter((line) => line.level === "bad");
    if (!bad.length) return nothing;
    return html`<div role="status"><ul class="health">
      ${bad.slice(0, 2).map(
        (line) => html`<li>${icon(line.icon)}<span><strong>${line.text}</strong>${line.detail ? html`<span>${line.detail}</span>` : nothing}</span></li>`,
      )}
    </ul></div>`;
  }
}

customElements.define("gr-panel-idle", PanelIdle);
