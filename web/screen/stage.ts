import { html, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { given, PageElement } from "../shared/element.ts";
import { gridFor, type TileView } from "../shared/model/stage.ts";
import type { Strings } from "../shared/strings/index.ts";
import "./tile.ts";

// How much of the width somebody's screen gets.
const contentShare = 0.78;

/** Stage lays the tiles out in the grid that shows them largest, in the order that the room gave. Content stands beside the faces, larger. */
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

  protected override render(): TemplateResult {
    return html`<div class="stage-main">${this.draw(this.content())}</div>
      <div class="stage-grid">${this.draw(this.faces())}</div>`;
  }

  private draw(tiles: TileView[]): unknown {
    return repeat(
      tiles,
      (tile) => tile.key,
      (tile) => html`<gr-tile .view=${tile} .stream=${this.streams[tile.slot]} .strings=${this.strings}></gr-tile>`,
    );
  }

  private content(): TileView[] {
    return this.tiles.filter((tile) => tile.stream === "content");
  }

  private faces(): TileView[] {
    return this.tiles.filter((tile) => tile.stream !== "content");
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    this.layOut();
  }

  private layOut(): void {
    const { clientWidth: width, clientHeight: height } = this;
    const main = this.content().length;
    const side = this.faces().length;
    // Beside somebody's screen the faces take what is left over.
    const share = main ? (side ? contentShare : 1) : 0;
    this.size(".stage-main", main, width * share, height);
    this.size(".stage-grid", side, width * (1 - share) - (main ? this.gap() : 0), height);
  }

  private size(part: string, count: number, width: number, height: number): void {
    const box = this.querySelector<HTMLElement>(part);
    if (!box) return;
    const tile = gridFor(count, width, height, this.gap());
    box.style.setProperty("--tile-width", `${tile.width}px`);
    box.style.setProperty("--tile-height", `${tile.height}px`);
    box.style.setProperty("width", `${Math.max(0, width)}px`);
  }

  private gap(): number {
    return parseFloat(getComputedStyle(this).columnGap) || 0;
  }
}

customElements.define("gr-stage", Stage);
