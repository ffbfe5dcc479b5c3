import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import { lineFits, longestLine } from "../shared/model/chat.ts";
import { clockTime } from "../shared/model/time.ts";
import type { ChatLine, State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";
import { paneHead } from "./pane.ts";
import "./chat.css";

/** Chat shows what everybody wrote, and sends a line to everybody. */
export class Chat extends PageElement {
  static override properties = { state: given, asker: givenMutable, strings: given, long: { state: true } };
  declare state: State;
  declare asker: Asker;
  declare strings: Strings;
  declare long: boolean;

  private atEnd = true;
  private readonly resized = new ResizeObserver(() => this.follow());

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resized.disconnect();
  }

  protected override render(): TemplateResult {
    const words = this.strings.panel;
    const chat = this.state.meeting?.chat ?? [];
    return html`<section class="card pane" id="chat" aria-label=${words.chatTitle}>
      ${paneHead(words.chatTitle, this.strings, this)}
      <div class="pane-list chat-lines" tabindex="0" role="log" aria-label=${words.chatTitle} @scroll=${this.scrolled}>
        ${repeat(chat, (line) => line.id, (line) => this.line(line))}
        ${chat.length ? nothing : html`<p class="pane-hint">${words.chatNone}</p>`}
      </div>
      ${this.form()}
    </section>`;
  }

  private line({ name, self, text, time }: ChatLine): TemplateResult {
    return html`<article class="chat-line ${self ? "chat-own" : ""}">
      <p class="chat-who"><strong class="name">${self ? this.strings.panel.youWrite : name}</strong> <time class="figures">${clockTime(Date.parse(time), this.state.room)}</time></p>
      <p class="chat-text" dir="auto">${text}</p>
    </article>`;
  }

  private form(): TemplateResult {
    const words = this.strings.panel;
    return html`<form class="chat-form" @submit=${this.submit}>
      <p class="chat-long" id="chat-long" aria-live="polite">${this.long ? words.chatLong : nothing}</p>
      <label class="field">
        <span class="visually-hidden">${words.chatWrite}</span>
        <input
          name="line"
          data-testid="chat-line"
          type="text"
          placeholder=${words.chatWrite}
          maxlength=${longestLine}
          autocomplete="off"
          enterkeyhint="send"
          aria-invalid=${this.long ? "true" : "false"}
          aria-describedby="chat-long"
          @input=${() => (this.long = false)}
        />
      </label>
      <button type="submit" class="small small-good chat-send" data-testid="chat-send" aria-label=${words.send}>${icon("send")}</button>
    </form>`;
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    this.follow();
  }

  protected override firstUpdated(changed: PropertyValues): void {
    super.firstUpdated(changed);
    const lines = this.lines();
    if (lines) this.resized.observe(lines);
  }

  /** follow keeps the newest line in sight. */
  private follow(): void {
    const lines = this.lines();
    if (this.atEnd && lines) lines.scrollTop = lines.scrollHeight;
  }

  /** Whoever reads further up is left there when a line comes. */
  private readonly scrolled = (): void => {
    const lines = this.lines();
    if (lines) this.atEnd = lines.scrollHeight - lines.scrollTop - lines.clientHeight < 24;
  };

  private lines(): HTMLElement | null {
    return this.querySelector<HTMLElement>(".chat-lines");
  }

  private readonly submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const input = this.querySelector<HTMLInputElement>("input[name=line]");
    const text = input?.value.trim() ?? "";
    if (!input || !text) return;
    this.long = !lineFits(text);
    if (this.long) return;
    input.value = "";
    this.atEnd = true;
    // What was not sent comes back, unless something else is being written.
    if (!(await this.asker.ask({ do: "chat", text })) && !input.value) input.value = text;
  };
}

customElements.define("gr-chat", Chat);
