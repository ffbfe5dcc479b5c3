import { html, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { given, PageElement } from "../shared/element.ts";
import { placesFor, type TileView } from "../shared/model/stage.ts";
import type { Strings } from "../shared/strings/index.ts";
import "./tile.ts";

/** Stage lays the tiles out in the grid that shows them largest, in the order that the room gave. What is large has the others beside it. */
export class Stage extends PageElement {
  static override properties = { tiles: given, streams: given, strings: given };
  declare tiles: TileView[];
  declare streams: MediaStream[];
  declare strings: Strings;

  private readonly resized = new ResizeObserver(() => this.layOut());

  override connectedCallback(): void {
    super.connectedCallback();
    this.resized.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resized.disconnect();
  }

  // One list in the room's order, so that a tile that becomes large keeps its picture.
  protected override render(): TemplateResult {
    return html`${repeat(
      this.tiles,
      (tile) => tile.key,
      (tile) => html`<gr-tile .view=${tile} .stream=${this.streams[tile.slot]} .strings=${this.strings}></gr-tile>`,
    )}`;
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    this.layOut();
  }

  private layOut(): void {
    const places = placesFor(this.tiles, this.clientWidth, this.clientHeight, this.gap());
    this.querySelectorAll<HTMLElement>("gr-tile").forEach((tile, i) => {
      const place = places[i];
      if (!place) return;
      tile.style.transform = `translate(${place.left}px, ${place.top}px)`;
      tile.style.width = `${place.width}px`;
      tile.style.height = `${place.height}px`;
    });
  }

  private gap(): number {
    return parseFloat(getComputedStyle(this).columnGap) || 0;
  }
}

customElements.define("gr-stage", Stage);
