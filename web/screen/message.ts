import { html, nothing, type TemplateResult } from "lit";
import { clockTime } from "../shared/model/time.ts";
import type { State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import { wordmark } from "../shared/wordmark.ts";

/** Message is a page with one thing to say. */
export interface Message {
  title: string;
  lead?: string;
  state?: State;
  now?: number;
  strings: Strings;
  /** Drawn above the title. */
  above?: TemplateResult;
  /** Drawn below the lead. */
  below?: TemplateResult;
}

/** messagePage draws the room's name, the clock and one message between them. */
export function messagePage({ title, lead, state, now, strings, above, below }: Message): TemplateResult {
  return html`<div class="message">
    <header class="message-head">
      <span class="name">${state?.room.name ?? nothing}</span>
      <span class="figures">${state && now !== undefined ? clockTime(now, state.room) : nothing}</span>
    </header>
    <section class="message-body">
      ${above ?? nothing}
      <h1>${title}</h1>
      ${lead ? html`<p class="lead">${lead}</p>` : nothing} ${below ?? nothing}
    </section>
    <footer class="message-foot">${wordmark(strings)}<span>${state?.room.hubName ?? nothing}</span></footer>
  </div>`;
}
