import { html, nothing, type TemplateResult } from "lit";
import { Chime } from "../shared/chime.ts";
import { icon } from "../shared/icon.ts";
import { type Lost, RoomPage, type View } from "../shared/room-page.ts";
import "./fault.ts";
import "./idle.ts";
import "./joining.ts";
import "./meeting.ts";
import { messagePage } from "./message.ts";
import { Playout, slots } from "../shared/playout.ts";
import { type Inbound, send, summed } from "./report.ts";
import { ringingPage } from "./ringing.ts";
import "./sound.ts";

declare global {
  interface Window {
    /** What checks may read of the page: its peer connection, for WebRTC's own counters. */
    greenroom: { readonly peer: RTCPeerConnection | null };
  }
}

const reportEvery = 4_000;

/** ScreenApp is the page on the wall: it draws the room's State, whatever it is, and never goes blank. */
export class ScreenApp extends RoomPage {
  private readonly playout = new Playout(() => this.requestUpdate());
  private readonly chime = new Chime();
  private wasLive = false;
  private reports = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    const { playout } = this;
    window.greenroom = {
      get peer() {
        return playout.peer;
      },
    };
    void this.playout.run();
    this.reports = window.setInterval(() => void this.report(), reportEvery);
  }

  /** report tells the room how its pictures and sounds are played, while there are any. */
  private async report(): Promise<void> {
    const stats = await this.playout.peer?.getStats();
    if (!stats) return;
    const report = summed(stats.values() as Iterable<Inbound>, slots);
    if (report.decoded || report.samples) await send(report);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.playout.stop();
    window.clearInterval(this.reports);
    this.chime.ring(false);
  }

  protected override linkChanged(): void {
    const { state, status } = this.link.snapshot;
    const live = status === "live";
    if (live && !this.wasLive) this.playout.hurry();
    this.wasLive = live;
    this.chime.ring(live && Boolean(state?.ringing));
  }

  protected override page(view: View): TemplateResult {
    return html`
      <main class="page ${view.lost ? "page-dim" : ""}">${this.phase(view)}</main>
      <gr-sound .streams=${this.playout.media?.audio ?? []} .volume=${view.state?.devices.speaker.volume ?? 100} .strings=${view.strings}></gr-sound>
      <div role="alert">${view.lost ? linkBanner(view.lost) : nothing}</div>
    `;
  }

  private phase({ state, now, strings }: View): TemplateResult {
    if (!state) return messagePage({ title: strings.link.opening, strings });
    switch (state.phase) {
      case "idle":
        return state.ringing
          ? ringingPage(state.ringing, state, now, strings)
          : html`<gr-idle .state=${state} .now=${now} .strings=${strings}></gr-idle>`;
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

function linkBanner({ text, hint }: Lost): TemplateResult {
  return html`<div class="link-banner" data-testid="link-lost">
    <h2>${icon("link")} ${text}</h2>
    <p>${hint}</p>
  </div>`;
}

customElements.define("gr-screen", ScreenApp);
