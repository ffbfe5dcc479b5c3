import { html, nothing, type TemplateResult } from "lit";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import type { IconName } from "../shared/icons.ts";
import { reactionGlyph, reactions } from "../shared/reactions.ts";
import type { State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker, Switch } from "./asker.ts";
import { equipped } from "./equipment.ts";
import type { Pane } from "./pane.ts";

/** Over is what lies over the cards for a moment: the reactions, or the question whether to end the meeting. */
type Over = "nothing" | "reactions" | "end";

/** Controls is the bar of large buttons along the bottom. */
export class Controls extends PageElement {
  static override properties = { state: given, pane: given, unread: given, asker: givenMutable, strings: given, over: { state: true } };
  declare state: State;
  declare pane: Pane;
  /** Lines of chat that nobody has looked at. */
  declare unread: number;
  declare asker: Asker;
  declare strings: Strings;
  declare over: Over;

  protected override render(): TemplateResult {
    const { meeting } = this.state;
    if (!meeting) return html``;
    const words = this.strings.panel;
    const isCall = meeting.kind === "call";
    return html`<div class="controls-bar" @keydown=${this.escape}>
      ${this.overlay()}
      <div class="controls" role="group" aria-label=${words.controls}>
        ${this.device("mute", "microphone-off", "microphone", words.unmute, words.mute)}
        ${this.device("camera", "camera", "camera-off", words.cameraOff, words.cameraOn)}
        ${this.shareButton()} ${this.handButton()} ${this.overButton("reactions", "react", words.react)}
        ${this.paneButton("chat", "chat", words.chat, this.unread ? html`<span class="control-count control-new figures">${this.unread}<span class="visually-hidden"> ${words.unread(this.unread)}</span></span>` : nothing)}
        ${this.paneButton("people", "people", words.people, this.peopleCount())}
        ${equipped(this.state) ? this.paneButton("room", "equipment", this.strings.equipment.title, nothing) : nothing}
        ${meeting.host && !isCall ? this.overButton("end", "cross", words.end) : nothing}
        <button type="button" class="control control-leave" data-testid="leave" aria-busy=${this.asker.busy("leave")} @click=${() => void this.asker.ask({ do: "leave" })}>
          ${icon(isCall ? "call" : "leave")}<span>${isCall ? words.hangUp : words.leave}</span>
        </button>
      </div>
    </div>`;
  }

  /** The label says what a press does, so a switch needs no pressed state for screen readers besides it. */
  private device(name: Switch, onIcon: IconName, offIcon: IconName, onLabel: string, offLabel: string): TemplateResult {
    const on = this.asker.shows(name, this.state);
    // Muted is the microphone's off.
    const off = name === "mute" ? on : !on;
    return html`<button type="button" class="control ${off ? "control-off" : ""}" data-testid=${name} data-on=${!off} @click=${() => this.asker.turn(name, this.state)}>
      ${icon(on ? onIcon : offIcon)}<span>${on ? onLabel : offLabel}</span>
    </button>`;
  }

  /** Only a room with an input can share what is connected to it. */
  private shareButton(): TemplateResult | typeof nothing {
    if (this.state.devices.content.state === "none") return nothing;
    const words = this.strings.panel;
    const on = this.asker.shows("share", this.state);
    return html`<button type="button" class="control ${on ? "control-open" : ""}" data-testid="share" data-on=${on} @click=${() => this.asker.turn("share", this.state)}>
      ${icon("share")}<span>${on ? words.shareStop : words.share}</span>
    </button>`;
  }

  private handButton(): TemplateResult {
    const words = this.strings.panel;
    const raised = this.asker.shows("hand", this.state);
    return html`<button type="button" class="control ${raised ? "control-raised" : ""}" data-testid="hand" data-on=${raised} @click=${() => this.asker.turn("hand", this.state)}>
      ${icon("hand")}<span>${raised ? words.lowerHand : words.raiseHand}</span>
    </button>`;
  }

  private paneButton(pane: Pane, sign: IconName, label: string, count: TemplateResult | typeof nothing): TemplateResult {
    const open = this.pane === pane;
    return html`<button type="button" class="control ${open ? "control-open" : ""}" data-testid=${pane} aria-expanded=${open} @click=${() => this.show(open ? "facts" : pane)}>
      ${icon(sign)}<span>${label} ${count}</span>
    </button>`;
  }

  private peopleCount(): TemplateResult {
    const { meeting } = this.state;
    const waiting = meeting?.waiting.length ?? 0;
    return html`<span class="control-count figures">${meeting?.people.length ?? 0}</span>${waiting
      ? html` <span class="control-count control-new figures" data-testid="waiting-count">+${waiting}<span class="visually-hidden"> ${this.strings.panel.waitingTitle(waiting)}</span></span>`
      : nothing}`;
  }

  private overButton(over: Over, sign: IconName, label: string): TemplateResult {
    const open = this.over === over;
    return html`<button type="button" class="control ${over === "end" ? "control-end" : ""} ${open ? "control-open" : ""}" data-testid=${over} aria-expanded=${open} @click=${() => this.cover(open ? "nothing" : over)}>
      ${icon(sign)}<span>${label}</span>
    </button>`;
  }

  private overlay(): TemplateResult | typeof nothing {
    switch (this.over) {
      case "reactions":
        return this.reactions();
      case "end":
        return this.sure();
      default:
        return nothing;
    }
  }

  private reactions(): TemplateResult {
    const words = this.strings;
    const react = (text: string) => (): void => {
      void this.asker.ask({ do: "react", text });
      this.cover("nothing");
    };
    return html`<div class="controls-over reactions" role="group" aria-label=${words.panel.react}>
      ${reactions.map(
        ({ emoji, name }) => html`<button type="button" class="react" data-first data-react=${name} aria-label=${words.reactions[name]} @click=${react(emoji)}>${reactionGlyph(emoji)}</button>`,
      )}
    </div>`;
  }

  /** Ending the meeting for everybody cannot be taken back: it is asked once more. */
  private sure(): TemplateResult {
    const words = this.strings.panel;
    const end = (): void => {
      void this.asker.ask({ do: "end" });
      this.cover("nothing");
    };
    return html`<div class="controls-over sure sure-bad" role="alert">
      <p><strong>${words.endSure}</strong><span>${words.endHint}</span></p>
      <div class="sure-answers">
        <wa-button data-testid="end-sure" variant="danger" @click=${end}>${words.endYes}</wa-button>
        <wa-button data-testid="go-on" data-first appearance="filled" @click=${() => this.cover("nothing")}>${words.goOn}</wa-button>
      </div>
    </div>`;
  }

  /** cover lays something over the cards, or takes it away, and takes the focus along. */
  private cover(over: Over): void {
    const target = over === "nothing" ? `[data-testid="${this.over}"]` : ".controls-over [data-first]";
    this.over = over;
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(target)?.focus());
  }

  private readonly escape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || (this.over ?? "nothing") === "nothing") return;
    event.stopPropagation();
    this.cover("nothing");
  };

  private show(pane: Pane): void {
    this.dispatchEvent(new CustomEvent<Pane>("pane", { detail: pane }));
  }
}

customElements.define("gr-controls", Controls);
