import { html, nothing, type TemplateResult } from "lit";
import { PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import { stringsFor } from "../shared/strings/index.ts";
import { wordmark } from "../shared/wordmark.ts";
import "./compare.ts";
import { Devices } from "./devices.ts";
import { type Link, linkOf } from "./link.ts";
import "./meeting.ts";
import type { Entry } from "./protocol.ts";
import type { Scan } from "./scan.ts";
import { lackOf } from "./sealed-peer.ts";
import { Session } from "./session.ts";
import { startPage } from "./start.ts";
import { startWorker } from "./start-worker.ts";
import { forget, keep, kept } from "./visit.ts";

declare global {
  interface Window {
    /** What checks may read of the guest page. */
    greenroomGuest: { session: Session | null };
  }
}

/** GuestApp is the page of people with a browser: from the link into the meeting, and out again. */
export class GuestApp extends PageElement {
  static override properties = { missing: { state: true } };
  declare missing: boolean;
  private readonly strings = stringsFor(navigator.language);
  private lack = lackOf();
  private readonly devices = new Devices(() => this.requestUpdate());
  private readonly link: Link = linkOf(location);
  session: Session | null = null;
  private entry: Entry = { number: this.link.number, passcode: this.link.passcode, name: "" };
  private scan: Scan = this.link;

  override connectedCallback(): void {
    super.connectedCallback();
    document.documentElement.lang = this.strings.language;
    document.title = `${this.strings.guest.title} · ${this.strings.product}`;
    window.greenroomGuest = this;
    if (this.lack) return;
    // What the address said is in the page now; it stays out of the history and of screenshots.
    history.replaceState(null, "", "/guest/");
    void this.begin();
  }

  private async begin(): Promise<void> {
    const before = kept();
    if (before) this.entry = before.entry;
    const opening = this.devices.open();
    try {
      this.session = new Session(await startWorker(), this.devices, () => this.requestUpdate());
    } catch {
      this.lack = "program";
    }
    this.requestUpdate();
    await opening;
    if (before?.inside) this.enter();
  }

  protected override render(): TemplateResult {
    const { session, strings } = this;
    if (this.lack) return this.unable();
    if (!session) return html`<main class="plain" aria-busy="true">${wordmark(strings)}</main>`;
    document.body.dataset.stage = session.stage;
    switch (session.stage) {
      case "start":
        return startPage({ entry: this.entry, missing: this.missing, scanned: this.scan.code !== "", devices: this.devices, session, strings, join: this.join, choose: this.choose });
      case "asking":
        return this.asking(session);
      case "meeting":
        return html`<gr-guest-meeting
          .session=${session}
          .devices=${this.devices}
          .strings=${strings}
          .scanned=${this.scan}
          .tick=${performance.now()}
          @leave=${this.leave}
          @mismatch=${this.mismatch}
        ></gr-guest-meeting>`;
      case "over":
        return this.over(session);
    }
  }

  private unable(): TemplateResult {
    const words = this.strings.guest.lack;
    document.body.dataset.stage = "unable";
    return html`<main class="plain" data-testid="unable">
      ${wordmark(this.strings)}
      <h1>${words.title}</h1>
      <p class="plain-why">${this.lack ? words[this.lack] : nothing}</p>
      <p>${this.lack === "program" ? words.again : words.how}</p>
    </main>`;
  }

  private asking(session: Session): TemplateResult {
    const words = this.strings.guest;
    const phase = session.view?.phase;
    const step = session.away ? (`${session.away}-away` as const) : phase === "announcing" || phase === "waiting-host" || phase === "waiting-admission" || phase === "waiting-key" ? phase : "asking";
    return html`<main class="plain" data-testid="waiting" data-step=${step}>
      ${wordmark(this.strings)}
      <p class="plain-fact name">${session.title}</p>
      <div role="status">
        <h1>${words.waiting[step]}</h1>
        <p>${words.waitingHints[step]}</p>
      </div>
      <button class="button" data-testid="cancel" @click=${this.leave}>${words.cancel}</button>
    </main>`;
  }

  private over({ over }: Session): TemplateResult {
    const words = this.strings.guest;
    const code = over?.code ?? "other";
    const title = code in words.over ? words.over[code as keyof typeof words.over] : words.over.other;
    const hint = code in words.overHints ? words.overHints[code as keyof typeof words.overHints] : words.overHints.other;
    const grave = code === "mismatch";
    return html`<main class="plain ${grave ? "plain-grave" : ""}" data-testid="over" data-code=${code}>
      ${wordmark(this.strings)}
      <div role="alert">
        <h1>${grave ? icon("fault") : nothing} ${title}</h1>
        <p>${hint}</p>
        ${over?.retryAfter ? html`<p>${words.retryAfter(over.retryAfter)}</p>` : nothing}
      </div>
      ${grave ? nothing : html`<button class="button button-main" data-testid="again" @click=${this.again}>${words.again}</button>`}
    </main>`;
  }

  private readonly choose = (kind: "camera" | "microphone", id: string): void => void this.devices.choose(kind, id);

  private readonly join = (entry: Entry): void => {
    this.entry = { number: entry.number.replaceAll(/\D/g, ""), passcode: entry.passcode.trim(), name: entry.name.trim() };
    this.missing = !this.entry.number || !this.entry.passcode || !this.entry.name;
    if (this.missing) return;
    this.enter();
  };

  private enter(): void {
    this.devices.quiet();
    this.session?.join(this.entry, keep(this.entry));
  }

  private readonly leave = (): void => {
    forget();
    void this.session?.leave();
    this.devices.close();
  };

  private readonly mismatch = (): void => {
    forget();
    void this.session?.leave({ code: "mismatch", text: "", retryAfter: 0 });
    this.devices.close();
  };

  private readonly again = (): void => {
    const { session } = this;
    if (!session) return;
    this.scan = { code: "", leader: "" };
    session.stage = "start";
    forget();
    this.requestUpdate();
    void this.devices.open();
  };
}

customElements.define("gr-guest", GuestApp);
