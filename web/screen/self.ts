import { html, nothing, type TemplateResult } from "lit";
import { given, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import { selfOf } from "../shared/model/people.ts";
import type { Device, State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import "./self.css";

/** SelfChip is the room's own tile: its name, and whether the others can see and hear it. */
export class SelfChip extends PageElement {
  static override properties = { state: given, strings: given };
  declare state: State;
  declare strings: Strings;

  protected override render(): TemplateResult {
    const words = this.strings.meeting;
    const { meeting, devices } = this.state;
    const { camera, microphone } = devices;
    const hand = meeting && selfOf(meeting)?.hand;
    const mic = deviceWord(microphone, words.micOn, words.micMuted, words.micFailed);
    const cam = deviceWord(camera, words.cameraOn, words.cameraOff, words.cameraFailed);
    return html`<div class="self" data-testid="self">
      <span class="self-name"><span class="name">${this.state.room.name}</span><small>${words.thisRoom}</small></span>
      ${hand ? html`<span class="self-device self-hand">${icon("hand")}<span>${words.hand}</span></span>` : nothing}
      <span class="self-device self-${mic.look}">${icon(mic.look === "on" ? "microphone" : "microphone-off")}<span>${mic.word}</span></span>
      <span class="self-device self-${cam.look}">${icon(cam.look === "on" ? "camera" : "camera-off")}<span>${cam.word}</span></span>
    </div>`;
  }
}

function deviceWord(device: Device, on: string, off: string, failed: string): { look: "on" | "off" | "bad"; word: string } {
  if (device.state === "failed" || device.state === "absent") return { look: "bad", word: failed };
  return device.on && device.state !== "none" ? { look: "on", word: on } : { look: "off", word: off };
}

customElements.define("gr-self", SelfChip);
