import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { freshLines } from "../shared/model/chat.ts";
import { reactionGlyph, reactionName } from "../shared/reactions.ts";
import type { ChatLine, Meeting, Person } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import "./aside.css";

/** aside stands in the corner of the faces: what was just written, and the reactions of those who have no tile. */
export function aside(meeting: Meeting, reacting: readonly Person[], now: number, strings: Strings): TemplateResult {
  return html`<div class="aside" role="log" aria-label=${strings.meeting.chat}>
    ${repeat(freshLines(meeting.chat, now), ({ id }) => id, chatLine)}
    ${reacting.length ? html`<div class="aside-reactions">${repeat(reacting, ({ id, reaction }) => id + reaction, (person) => reactionChip(person, strings))}</div>` : nothing}
  </div>`;
}

function chatLine({ name, text }: ChatLine): TemplateResult {
  return html`<p class="aside-line" data-testid="chat-line">
    <strong class="name">${name}</strong><span class="aside-text" dir="auto">${text}</span>
  </p>`;
}

function reactionChip({ name, reaction }: Person, strings: Strings): TemplateResult {
  return html`<p class="aside-reaction" data-testid="reaction">
    ${reactionGlyph(reaction)}<span class="visually-hidden">${reactionName(reaction, strings)} </span><span class="name">${name}</span>
  </p>`;
}
