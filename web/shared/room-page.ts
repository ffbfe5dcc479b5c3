import type { PropertyValues, TemplateResult } from "lit";
import { PageElement } from "./element.ts";
import { type LinkStatus, RoomLink } from "./link.ts";
import type { State } from "./state.ts";
import { type Strings, stringsFor } from "./strings/index.ts";
import { Ticker } from "./ticker.ts";

/** View is what a page draws. */
export interface View {
  /** Null until the daemon has sent one. */
  state: State | null;
  /** The room's time in milliseconds since 1970. */
  now: number;
  strings: Strings;
  /** Why what the page shows may be old, in words; null while it is true. */
  lost: Lost | null;
}

/** Lost is a link to the daemon that is gone. */
export interface Lost {
  text: string;
  hint: string;
}

/** RoomPage is the frame of the screen and of the panel: it follows the room's State and the clock. */
export abstract class RoomPage extends PageElement {
  protected readonly link = new RoomLink(() => {
    this.linkChanged();
    this.requestUpdate();
  });

  constructor() {
    super();
    new Ticker(this, () => this.link.clock.now());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.link.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.link.stop();
  }

  /** linkChanged is told of every new State, and of a link that comes and goes. */
  protected abstract linkChanged(): void;

  /** page draws the page. */
  protected abstract page(view: View): TemplateResult;

  protected override render(): TemplateResult {
    const { state, status } = this.link.snapshot;
    const strings = stringsFor(state?.room.language);
    return this.page({ state, now: this.link.clock.now(), strings, lost: lostOf(status, strings) });
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    const { state, status } = this.link.snapshot;
    document.body.dataset.phase = state?.phase ?? "";
    document.body.dataset.revision = String(state?.revision ?? "");
    document.body.dataset.link = status;
    document.documentElement.lang = state?.room.language || "en";
    document.title = state?.room.name ? `${state.room.name} · Greenroom` : "Greenroom";
  }
}

function lostOf(status: LinkStatus, { link }: Strings): Lost | null {
  switch (status) {
    case "lost":
      return { text: link.lost, hint: link.lostHint };
    case "shut":
      return { text: link.shut, hint: link.shutHint };
    case "opening":
    case "live":
      return null;
  }
}
