import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../shared/icon.ts";
import { formatNumber } from "../shared/model/code.ts";
import type { Meeting, Person } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";
import { layoutButton } from "./layout.ts";

// How many names stand beside the code; the People button shows all.
const presentShown = 4;

/** factsCard is which meeting this is, how others come in, who is there, and how the wall shows them. */
export function factsCard(meeting: Meeting, asker: Asker, strings: Strings): TemplateResult {
  const words = strings.meeting;
  const { people } = meeting;
  return html`<section class="card facts">
    <div class="facts-head">
      <h2 class="name">${meeting.title || (meeting.kind === "call" ? words.call : words.untitled)}</h2>
      ${people.length > 2 ? layoutButton(meeting, asker, strings) : nothing}
    </div>
    ${meeting.locked ? html`<p class="facts-locked">${icon("barred")}${words.locked}: ${words.lockedHint}</p>` : nothing}
    ${meeting.number || meeting.passcode ? html`<dl>
      ${meeting.number ? html`<div><dt>${words.number}</dt><dd class="figures">${formatNumber(meeting.number)}</dd></div>` : nothing}
      ${meeting.passcode ? html`<div><dt>${words.passcode}</dt><dd class="figures">${meeting.passcode}</dd></div>` : nothing}
    </dl>` : nothing}
    <ul class="present" aria-label=${strings.panel.people}>
      ${people.slice(0, presentShown).map((person) => presentItem(person, strings))}
      ${people.length > presentShown ? html`<li>${words.hidden(people.length - presentShown)}</li>` : nothing}
    </ul>
  </section>`;
}

function presentItem(person: Person, strings: Strings): TemplateResult {
  const sign = person.muted ? "microphone-off" : person.speaking ? "speaking" : "microphone";
  const words = strings.meeting;
  return html`<li>
    ${icon(sign)}<span class="name">${person.name}</span>
    ${person.hand ? html`<span class="present-hand">${icon("hand")}<span class="visually-hidden">${words.hand}</span></span>` : nothing}
    ${person.verified ? nothing : html`<span class="present-unverified">${icon("unknown")}<span class="visually-hidden">${words.unverifiedLong}</span></span>`}
  </li>`;
}
