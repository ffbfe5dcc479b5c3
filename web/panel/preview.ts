import { html, nothing, type TemplateResult } from "lit";
import { given, PageElement } from "../shared/element.ts";
import { Playout, toPanel } from "../shared/playout.ts";
import { source } from "../shared/source.ts";
import { because } from "../shared/model/troubles.ts";
import type { Device } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import "./preview.css";

// How long the picture is shown, in milliseconds: a panel that was left alone lets the camera go.
const longest = 120_000;

/**
 * Preview shows the room its own picture. The camera is open for it as long as this element is in the page and the page is
 * seen; then it asks, with a "closed" event, to be taken out.
 */
export class Preview extends PageElement {
  static override properties = { camera: given, strings: given };
  declare camera: Device;
  declare strings: Strings;

  private playout: Playout | null = null;
  private end = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.playout = new Playout(() => this.requestUpdate(), toPanel);
    void this.playout.run();
    this.end = window.setTimeout(this.close, longest);
    document.addEventListener("visibilitychange", this.unseen);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.playout?.stop();
    this.playout = null;
    window.clearTimeout(this.end);
    document.removeEventListener("visibilitychange", this.unseen);
  }

  private readonly close = (): void => void this.dispatchEvent(new CustomEvent("closed"));

  private readonly unseen = (): void => {
    if (document.hidden) this.close();
  };

  protected override render(): TemplateResult {
    const words = this.strings.panel;
    const stream = this.playout?.media?.video[0];
    return html`<section class="card preview" aria-label=${words.preview}>
      ${stream ? html`<video class="preview-video" data-testid="preview" muted autoplay playsinline aria-label=${words.preview} ${source(stream)}></video>` : nothing}
      ${this.camera.state === "running" ? nothing : html`<p class="preview-wait" role="status">${because(this.camera.cause, this.strings) || words.previewWait}</p>`}
    </section>`;
  }
}

customElements.define("gr-preview", Preview);
