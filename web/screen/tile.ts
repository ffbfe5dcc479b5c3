import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { given, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import type { TileView } from "../shared/model/stage.ts";
import { reactionGlyph, reactionName } from "../shared/reactions.ts";
import type { Strings } from "../shared/strings/index.ts";
import { source } from "../shared/source.ts";
import "./tile.css";

/**
 * VideoTile is one person's picture with the name on it. A picture that may not be shown is covered completely, and
 * the cover says why; the video element stays below it, so that the picture is there at once when it comes back.
 */
export class VideoTile extends PageElement {
  static override properties = { view: given, stream: given, strings: given };
  declare view: TileView;
  declare stream: MediaStream | undefined;
  declare strings: Strings;

  override connectedCallback(): void {
    super.connectedCallback();
    // A video element stops when it is moved in the page: go on playing.
    this.keepPlaying();
  }

  protected override render(): TemplateResult {
    const { view, strings } = this;
    return html`<article class="tile ${view.speaking ? "tile-speaking" : ""}" aria-label=${this.label()}>
      <span class="tile-initials" aria-hidden="true">${view.initials}</span>
      <video
        class="tile-video tile-${view.stream}"
        data-slot=${view.slot}
        data-person=${view.person}
        data-stream=${view.stream}
        aria-label=${strings.meeting.picture(view.name)}
        ${source(this.stream ?? null)}
        .muted=${true}
        autoplay
        playsinline
        disablepictureinpicture
      ></video>
      ${view.reason ? this.cover() : nothing} ${this.reaction()} ${this.plate()}
    </article>`;
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    this.keepPlaying();
  }

  private cover(): TemplateResult {
    const { view } = this;
    return html`<div class="tile-cover" data-testid="tile-reason">
      <span class="tile-avatar" aria-hidden="true">${view.initials}</span>
      <p class="tile-reason ${view.blocked ? "tile-blocked" : ""}">${view.blocked ? icon("blocked") : nothing}${view.reason}</p>
    </div>`;
  }

  private reaction(): TemplateResult | typeof nothing {
    const { view, strings } = this;
    if (!view.reaction) return nothing;
    return html`<span class="tile-reaction" data-testid="tile-reaction">
      ${reactionGlyph(view.reaction)}<span class="visually-hidden">${reactionName(view.reaction, strings)}</span>
    </span>`;
  }

  private plate(): TemplateResult {
    const { view } = this;
    const words = this.strings.meeting;
    return html`<div class="plates">
      ${view.trouble ? html`<p class="plate plate-trouble" data-testid="tile-trouble">${icon("blocked")}<span>${view.trouble}</span></p>` : nothing}
      <div class="plate-row">
        ${view.hand ? html`<span class="tile-hand" data-testid="tile-hand">${icon("hand")}<span class="visually-hidden">${words.hand}</span></span>` : nothing}
        <div class="plate">
          ${view.muted ? html`<span class="plate-muted">${icon("microphone-off")}<span class="visually-hidden">${words.muted}</span></span>` : nothing}
          ${view.speaking ? html`<span class="plate-speaking">${icon("speaking")}<span class="visually-hidden">${words.speaking}</span></span>` : nothing}
          <span class="plate-name name">${view.name}</span>
          ${view.verified ? nothing : html`<span class="plate-unverified">${icon("unknown")}${words.unverified}</span>`}
        </div>
      </div>
    </div>`;
  }

  private label(): string {
    const { view } = this;
    const words = this.strings.meeting;
    return [view.name, view.verified ? "" : words.unverifiedLong, view.muted ? words.muted : "", view.hand ? words.hand : "", view.reason, view.trouble].filter(Boolean).join(", ");
  }

  private keepPlaying(): void {
    const video = this.querySelector("video");
    if (video?.srcObject && video.paused) {
      // Refused only when the element is moved or its stream replaced meanwhile, which ends up here again.
      video.play().catch(() => undefined);
    }
  }
}

customElements.define("gr-tile", VideoTile);
