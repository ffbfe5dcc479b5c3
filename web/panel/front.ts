import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../shared/icon.ts";
import { noticeText } from "../shared/model/notices.ts";
import type { Meeting, Waiting } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";
import type { Attention } from "./attention.ts";
import { waitingFacts } from "./waiting.ts";
import "./front.css";

/** Front is what the cards at the front work with. */
export interface Front {
  asker: Asker;
  attention: Attention;
  strings: Strings;
  /** Draws the panel again after something was put off. */
  changed: () => void;
}

/** frontCards are what wants an answer: somebody at the door, a wish that the room mutes itself. They take room of their own and cover nothing. */
export function frontCards(front: Front, meeting: Meeting): TemplateResult {
  return html`<div class="front">
    ${knockCard(front, meeting)} ${muteCard(front)}
  </div>`;
}

function knockCard(front: Front, meeting: Meeting): TemplateResult | typeof nothing {
  const { attention, asker, strings } = front;
  const knocks = attention.knocks(meeting);
  const [first] = knocks;
  if (!first) return nothing;
  const words = strings.panel;
  const more = meeting.waiting.length - 1;
  const putOff = (): void => {
    attention.notNow(meeting);
    front.changed();
  };
  return html`<section class="front-card" data-testid="knock" data-count=${meeting.waiting.length} aria-label=${words.waitingTitle(meeting.waiting.length)}>
    ${icon("bell")}
    <p role="alert">
      <strong>${more ? words.waitingTitle(meeting.waiting.length) : words.waitingOne(first.name)}</strong>
      <span>${more ? html`${first.name}, ` : nothing}${waitingFacts(first, strings)}</span>
    </p>
    <div class="front-answers">
      ${admitButton(first, asker, strings)}
      <wa-button data-testid="not-now" appearance="filled" @click=${putOff}>${words.notNow}</wa-button>
      ${denyButton(first, asker, strings)}
    </div>
  </section>`;
}

function admitButton({ id, name }: Waiting, asker: Asker, { panel: words }: Strings): TemplateResult {
  return html`<wa-button data-testid="admit" variant="brand" appearance="accent" ?loading=${asker.busy("admit", id)} @click=${() => void asker.ask({ do: "admit", person: id })}>
    ${words.admit}<span class="visually-hidden">: ${name}</span>
  </wa-button>`;
}

function denyButton({ id, name }: Waiting, asker: Asker, { panel: words }: Strings): TemplateResult {
  return html`<wa-button data-testid="deny" variant="danger" appearance="filled-outlined" ?loading=${asker.busy("deny", id)} @click=${() => void asker.ask({ do: "deny", person: id })}>
    ${words.deny}<span class="visually-hidden">: ${name}</span>
  </wa-button>`;
}

function muteCard({ attention, asker, strings, changed }: Front): TemplateResult | typeof nothing {
  const notice = attention.muteAsk;
  if (!notice) return nothing;
  const words = strings.panel;
  const settle = (mute: boolean): void => {
    attention.settleAsk();
    if (mute) void asker.ask({ do: "mute", on: true });
    changed();
  };
  return html`<section class="front-card" data-testid="mute-asked" aria-label=${noticeText(notice, strings)}>
    ${icon("microphone")}
    <p role="alert"><strong>${noticeText(notice, strings)}</strong></p>
    <div class="front-answers">
      <wa-button data-testid="mute-now" variant="brand" appearance="accent" @click=${() => settle(true)}>${words.muteNow}</wa-button>
      <wa-button data-testid="mute-not-now" appearance="filled" @click=${() => settle(false)}>${words.notNow}</wa-button>
    </div>
  </section>`;
}
