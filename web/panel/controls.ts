import { html, type TemplateResult } from "lit";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import type { IconName } from "../shared/icons.ts";
import type { State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";

/** Controls is the bar of large buttons: mute, camera, people, leave. */
export class Controls extends PageElement {
  static override properties = { state: given, asker: givenMutable, strings: given };
  declare state: State;
  declare asker: Asker;
  declare strings: Strings;

  protected override render(): TemplateResult {
    const { asker, state } = this;
    const words = this.strings.panel;
    const muted = asker.muted(state);
    const cameraOff = !asker.cameraOn(state);
    const people = state.meeting?.people.length ?? 0;
    return html`<div class="controls" role="group" aria-label=${words.controls}>
      ${control({
        id: "mute",
        name: muted ? "microphone-off" : "microphone",
        label: muted ? words.unmute : words.mute,
        off: muted,
        press: () => void asker.ask({ do: "mute", on: !muted }),
      })}
      ${control({
        id: "camera",
        name: cameraOff ? "camera-off" : "camera",
        label: cameraOff ? words.cameraOn : words.cameraOff,
        off: cameraOff,
        press: () => void asker.ask({ do: "camera", on: cameraOff }),
      })}
      <button type="button" class="control" data-testid="people" aria-haspopup="dialog" @click=${this.openPeople}>
        ${icon("people")}<span>${words.people} <span class="control-count figures">${people}</span></span>
      </button>
      <button
        type="button"
        class="control control-leave"
        data-testid="leave"
        aria-busy=${asker.busy("leave")}
        @click=${() => void asker.ask({ do: "leave" })}
      >
        ${icon("leave")}<span>${words.leave}</span>
      </button>
    </div>`;
  }

  private readonly openPeople = (): void => {
    this.dispatchEvent(new CustomEvent("people"));
  };
}

interface Control {
  id: string;
  name: IconName;
  /** What pressing it does. */
  label: string;
  /** The device is switched off now. */
  off: boolean;
  press: () => void;
}

// The label says what a press does, so the switch needs no pressed state for screen readers besides it.
function control({ id, name, label, off, press }: Control): TemplateResult {
  return html`<button type="button" class="control ${off ? "control-off" : ""}" data-testid=${id} data-on=${!off} @click=${press}>
    ${icon(name)}<span>${label}</span>
  </button>`;
}

customElements.define("gr-controls", Controls);
