import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import { RoomLink } from "../shared/link.ts";
import { clockTime } from "../shared/model/time.ts";
import type { State } from "../shared/state.ts";
import { type Strings, stringsFor } from "../shared/strings/index.ts";
import { Ticker } from "../shared/ticker.ts";
import { wordmark } from "../shared/wordmark.ts";
import { Asker } from "./asker.ts";
import "./idle.ts";
import "./joining.ts";
import "./meeting.ts";
import { refusalAlert, refusalOf } from "./refusal.ts";

/** PanelApp is the page on the table: what people touch. It draws the State and sends Commands. */
export class PanelApp extends PageElement {
  private readonly link = new RoomLink(() => this.linkChanged());
  private readonly asker = new Asker(() => this.requestUpdate());

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

  private linkChanged(): void {
    const { state } = this.link.snapshot;
    if (state) this.asker.met(state);
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
    const refusal = state ? refusalOf(state, this.asker.trouble, strings) : null;
    return html`
      <header class="head">
        <h1 class="name">${state?.room.name ?? strings.product}</h1>
        ${state ? html`<time class="figures">${clockTime(this.link.clock.now(), state.room)}</time>` : nothing}
      </header>
      <div class="alerts" role="alert">
        ${lost ? lostLine(status === "shut", strings) : nothing}
        ${refusal ? refusalAlert(refusal, strings, this.asker.busy("dismiss"), this.dismiss) : nothing}
      </div>
      <main class="page ${lost ? "page-dim" : ""}" ?inert=${lost}>${this.phase(state, strings)}</main>
    `;
  }

  private readonly dismiss = (): void => {
    this.asker.forgive();
    if (this.link.snapshot.state?.refusal) void this.asker.ask({ do: "dismiss" });
  };

  private phase(state: State | null, strings: Strings): TemplateResult {
    const { asker } = this;
    const now = this.link.clock.now();
    if (!state) return stillPage(strings.link.opening, "", strings);
    switch (state.phase) {
      case "idle":
        return html`<gr-panel-idle .state=${state} .asker=${asker} .strings=${strings}></gr-panel-idle>`;
      case "joining":
        return html`<gr-panel-joining .state=${state} .asker=${asker} .now=${now} .strings=${strings}></gr-panel-joining>`;
      case "meeting":
        return html`<gr-panel-meeting .state=${state} .asker=${asker} .now=${now} .strings=${strings}></gr-panel-meeting>`;
      case "starting":
        return stillPage(strings.starting.title, strings.starting.hint, strings);
      case "fault":
        return faultPage(state, strings);
    }
  }
}

function lostLine(shut: boolean, { link }: Strings): TemplateResult {
  return html`<div class="alert alert-warn" data-testid="link-lost">
    ${icon("link")}
    <p><strong>${shut ? link.shut : link.lost}</strong><span>${shut ? link.shutHint : link.lostHint}</span></p>
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
  return html`<section class="still still-fault">
    <p class="still-head">${icon("fault")} ${words.title}</p>
    <h2>${fault?.text ?? words.unknown}</h2>
    <p>${fault?.do ?? words.unknownDo}</p>
    <p>${strings.panel.faultHint}</p>
    ${fault ? html`<p class="still-code">${words.code} <strong>${fault.code}</strong></p>` : nothing}
  </section>`;
}

customElements.define("gr-panel", PanelApp);
