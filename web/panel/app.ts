import { html, nothing, type TemplateResult } from "lit";
import { Chime } from "../shared/chime.ts";
import { send } from "../shared/commands.ts";
import { icon } from "../shared/icon.ts";
import { clockTime } from "../shared/model/time.ts";
import { told } from "../shared/model/troubles.ts";
import { type Lost, RoomPage, type View } from "../shared/room-page.ts";
import type { State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import { wordmark } from "../shared/wordmark.ts";
import { Asker } from "./asker.ts";
import { Attention } from "./attention.ts";
import "./idle.ts";
import "./joining.ts";
import "./meeting.ts";
import { refusalAlert, refusalOf } from "./refusal.ts";
import { ringingPage } from "./ringing.ts";

// How often the room is told that somebody touches the panel, in milliseconds.
const touchEvery = 20_000;

/** PanelApp is the page on the table: what people touch. It draws the State and sends Commands. */
export class PanelApp extends RoomPage {
  private readonly asker = new Asker(() => this.requestUpdate());
  private readonly chime = new Chime();
  private readonly attention = new Attention(this.chime);

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("pointerdown", this.touched, { once: true });
    this.addEventListener("pointerdown", this.awake);
    this.addEventListener("keydown", this.awake);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener("pointerdown", this.touched);
    this.removeEventListener("pointerdown", this.awake);
    this.removeEventListener("keydown", this.awake);
    this.chime.ring(false);
  }

  private readonly touched = (): void => this.chime.unlock();

  private woken = 0;

  /** awake tells the room that somebody is here, which switches its display on; and again now and then, which keeps it on. */
  private readonly awake = (): void => {
    if (!this.link.snapshot.state?.devices.display || performance.now() < this.woken) return;
    this.woken = performance.now() + touchEvery;
    void send({ do: "touch" });
  };

  protected override linkChanged(): void {
    const { state, status } = this.link.snapshot;
    if (state) this.asker.met(state);
    this.attention.met(status === "live" ? state : null);
  }

  protected override page({ state, now, strings, lost }: View): TemplateResult {
    const refusal = state ? refusalOf(state, this.asker.trouble, strings) : null;
    return html`
      <header class="head">
        <h1 class="name">${state?.room.name ?? strings.product}</h1>
        ${state ? html`<time class="figures">${clockTime(now, state.room)}</time>` : nothing}
      </header>
      <div class="alerts" role="alert">
        ${lost ? lostLine(lost) : nothing}
        ${refusal ? refusalAlert(refusal, strings, this.asker.busy("dismiss"), this.dismiss) : nothing}
      </div>
      <main class="page ${lost ? "page-dim" : ""}" ?inert=${lost !== null}>${this.phase(state, now, strings)}</main>
    `;
  }

  private readonly dismiss = (): void => {
    this.asker.forgive();
    if (this.link.snapshot.state?.refusal) void this.asker.ask({ do: "dismiss" });
  };

  private phase(state: State | null, now: number, strings: Strings): TemplateResult {
    const { asker } = this;
    if (!state) return stillPage(strings.link.opening, "", strings);
    switch (state.phase) {
      case "idle":
        return state.ringing
          ? ringingPage(state.ringing, asker, strings)
          : html`<gr-panel-idle .state=${state} .now=${now} .asker=${asker} .strings=${strings}></gr-panel-idle>`;
      case "joining":
        return html`<gr-panel-joining .state=${state} .asker=${asker} .now=${now} .strings=${strings}></gr-panel-joining>`;
      case "meeting":
        return html`<gr-panel-meeting .state=${state} .asker=${asker} .attention=${this.attention} .now=${now} .strings=${strings}></gr-panel-meeting>`;
      case "starting":
        return stillPage(strings.starting.title, strings.starting.hint, strings);
      case "fault":
        return faultPage(state, strings);
    }
  }
}

function lostLine({ text, hint }: Lost): TemplateResult {
  return html`<div class="alert alert-warn" data-testid="link-lost">
    ${icon("link")}
    <p><strong>${text}</strong><span>${hint}</span></p>
  </div>`;
}

function stillPage(title: string, hint: string, strings: Strings): TemplateResult {
  return html`<section class="still">
    ${wordmark(strings)}
    <h2>${title}</h2>
    ${hint ? html`<p>${hint}</p>` : nothing}
  </section>`;
}

function faultPage(state: State, strings: Strings): TemplateResult {
  const fault = state.faults[0];
  const words = strings.fault;
  const said = fault && told(fault, strings);
  return html`<section class="still still-fault">
    <p class="still-head">${icon("fault")} ${words.title}</p>
    <h2>${said?.text ?? words.unknown}</h2>
    <p>${said ? `${said.why} ${said.do}` : words.unknownDo}</p>
    <p>${strings.panel.faultHint}</p>
    ${fault ? html`<p class="still-code">${words.code} <strong>${fault.code}</strong></p>` : nothing}
  </section>`;
}

customElements.define("gr-panel", PanelApp);
