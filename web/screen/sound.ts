import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { given, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import type { Strings } from "../shared/strings/index.ts";
import { source } from "../shared/source.ts";
import "./sound.css";

/**
 * Sound plays every audio slot, whatever the tiles do, so that moving a tile never cuts a voice off. A browser that
 * wants a click before it plays sound gets a button for it (the kiosk does not need one).
 */
export class Sound extends PageElement {
  static override properties = { streams: given, volume: given, strings: given, blocked: { state: true } };
  declare streams: MediaStream[];
  /** How loud they are played, 0 to 100. */
  declare volume: number;
  declare strings: Strings;
  declare blocked: boolean;

  protected override render(): TemplateResult {
    return html`
      ${repeat(this.streams, (_, slot) => slot, (stream, slot) => html`<audio data-slot=${slot} .volume=${this.volume / 100} ${source(stream)}></audio>`)}
      ${this.blocked
        ? html`<button class="sound-button" type="button" data-testid="sound" @click=${this.play}>${icon("sound")} ${this.strings.meeting.sound}</button>`
        : nothing}
    `;
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    if (changed.has("streams")) void this.play();
  }

  private readonly play = async (): Promise<void> => {
    const players = [...this.querySelectorAll("audio")].filter((audio) => audio.paused);
    const outcomes = await Promise.allSettled(players.map((audio) => audio.play()));
    this.blocked = outcomes.some(
      (outcome) => outcome.status === "rejected" && (outcome.reason as DOMException).name === "NotAllowedError",
    );
  };
}

customElements.define("gr-sound", Sound);
