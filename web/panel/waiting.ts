import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { icon } from "../shared/icon.ts";
import { initials } from "../shared/model/people.ts";
import type { Meeting, Waiting } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";

/** waitingFacts says where somebody who waits comes from, as far as the server knows. */
export function waitingFacts({ organisation }: Waiting, { panel: words }: Strings): TemplateResult {
  return organisation
    ? html`<span class="waiting-inside">${words.ofOrganisation}</span>`
    : html`<span class="waiting-outside">${words.outside}</span>`;
}

/** waitingList lists everybody who waits, put off or not, to let in or to turn away. */
export function waitingList(meeting: Meeting, asker: Asker, strings: Strings): TemplateResult | typeof nothing {
  const { waiting } = meeting;
  if (!waiting.length) return nothing;
  return html`<div class="waiting" role="group" aria-label=${strings.panel.waitingTitle(waiting.length)}>
    <h3>${icon("bell")} ${strings.panel.waitingTitle(waiting.length)}</h3>
    <ul>
      ${repeat(waiting, ({ id }) => id, (each) => waitingRow(each, asker, strings))}
    </ul>
  </div>`;
}

function waitingRow(waiting: Waiting, asker: Asker, strings: Strings): TemplateResult {
  const { id, name } = waiting;
  const words = strings.panel;
  const whom = html`<span class="visually-hidden">: ${name}</span>`;
  const ask = (what: "admit" | "deny") => (): void => void (asker.busy(what, id) || asker.ask({ do: what, person: id }));
  return html`<li class="person" data-waiting=${id}>
    <span class="person-initials" aria-hidden="true">${initials(name)}</span>
    <span class="person-text"><strong class="name">${name}</strong><span class="person-facts">${waitingFacts(waiting, strings)}</span></span>
    <span class="person-answers">
      <button type="button" class="small small-good" aria-busy=${asker.busy("admit", id)} @click=${ask("admit")}>${words.admit}${whom}</button>
      <button type="button" class="small small-bad" aria-busy=${asker.busy("deny", id)} @click=${ask("deny")}>${words.deny}${whom}</button>
    </span>
  </li>`;
}
