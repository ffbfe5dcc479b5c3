import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import { RoomLink } from "../shared/link.ts";
import type { State } from "../shared/state.ts";
import { type Strings, stringsFor } from "../shared/strings/index.ts";
import { Ticker } from "../shared/ticker.ts";
import "./fault.ts";
import "./idle.ts";
import "./joining.ts";
import "./meeting.ts";
import { Playout } from "./playout.ts";
import "./sound.ts";
import { messagePage } from "./message.ts";

declare global {
  interface Window {
    /** What checks may read of the page: its peer connection, for WebRTC's own counters. */
    greenroom: { readonly peer: RTCPeerConnection | null };
  }
}

/** ScreenApp is the page on the wall: it draws the room's State, whatever it is, and never goes blank. */
export class ScreenApp extends PageElement {
  private readonly link = new RoomLink(() => this.linkChanged());
  private readonly playout = new Playout(() => this.requestUpdate());
  private wasLive = false;

  constructor() {
    super();
    new Ticker(this, () => this.link.clock.now());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { playout } = this;
    window.greenroom = {
      get peer() {
        return playout.peer;
      },
    };
    this.link.start();
    void this.playout.run();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.link.stop();
    this.playout.stop();
  }

  private linkChanged(): void {
    const live = this.link.snapshot.status === "live";
    if (live && !this.wasLive) this.playout.hurry();
    this.wasLive = live;
    this.requestUpdate();
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

  protected override render(): TemplateResult {
    const { state, status } = this.link.snapshot;
    const strings = stringsFor(state?.room.language);
    const lost = status === "lost" || status === "shut";
    return html`
      <main class="page ${lost ? "page-dim" : ""}">${this.phase(state, strings)}</main>
      <gr-sound .streams=${this.playout.media?.audio ?? []} .strings=${strings}></gr-sound>
      <div role="alert">${lost ? linkBanner(status === "shut", strings) : nothing}</div>
    `;
  }

  private phase(state: State | null, strings: Strings): TemplateResult {
    const now = this.link.clock.now();
    if (!state) return messagePage({ title: strings.link.opening, strings });
    switch (state.phase) {
      case "idle":
        return html`<gr-idle .state=${state} .now=${now} .strings=${strings}></gr-idle>`;
      case "joining":
        return html`<gr-joining .state=${state} .now=${now} .strings=${strings}></gr-joining>`;
      case "meeting":
        return html`<gr-meeting .state=${state} .now=${now} .strings=${strings} .streams=${this.playout.media?.video ?? []}></gr-meeting>`;
      case "fault":
        return html`<gr-fault .state=${state} .now=${now} .strings=${strings}></gr-fault>`;
      case "starting":
        return messagePage({ title: strings.starting.title, lead: strings.starting.hint, state, now, strings });
    }
  }
}

function linkBanner(shut: boolean, { link }: Strings): TemplateResult {
  return html`<div class="link-banner" data-testid="link-lost">
    <h2>${icon("link")} ${shut ? link.shut : link.lost}</h2>
    <p>${shut ? link.shutHint : link.lostHint}</p>
  </div>`;
}

customElements.define("gr-screen", ScreenApp);
