import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../shared/icon.ts";
import { initials, troubleText } from "../shared/model/people.ts";
import { reactionGlyph, reactionName } from "../shared/reactions.ts";
import type { Meeting, Person } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";

/** Step is how far somebody is with doing something about a person: looking, choosing, or being asked once more. */
export type Step = "look" | "choose" | "remove" | "hand-over";

/** Row is what a person's row works with. */
export interface Row {
  meeting: Meeting;
  step: Step;
  go: (step: Step) => void;
  asker: Asker;
  strings: Strings;
}

/** personRow is one person: who, what is known of them, and for hosts what can be done. */
export function personRow(person: Person, row: Row): TemplateResult {
  const trouble = troubleText(person, row.strings);
  return html`<li class="person" data-person=${person.id}>
    <span class="person-initials" aria-hidden="true">${initials(person.name)}</span>
    <span class="person-text">
      <strong><span class="name">${person.name}</span> ${marks(person, row.strings)}</strong>
      <span class="person-facts">${facts(person, row.strings).map((fact) => html`${fact} `)}</span>
      ${trouble ? html`<span class="person-trouble">${icon("blocked")}${trouble}</span>` : nothing}
    </span>
    ${row.meeting.host && !person.self ? menuButton(person, row) : nothing} ${below(person, row)}
  </li>`;
}

/** marks stand beside the name: what one looks for when glancing over the list. */
function marks(person: Person, strings: Strings): TemplateResult {
  const words = strings.meeting;
  return html`${person.hand ? html`<span class="person-hand">${icon("hand")}<span class="visually-hidden">${words.hand}</span></span>` : nothing}
  ${person.muted ? html`<span class="person-muted">${icon("microphone-off")}<span class="visually-hidden">${words.muted}</span></span>` : nothing}
  ${person.reaction ? html`${reactionGlyph(person.reaction)}<span class="visually-hidden">${reactionName(person.reaction, strings)}</span>` : nothing}`;
}

function facts(person: Person, strings: Strings): TemplateResult[] {
  const words = strings.panel;
  const list: TemplateResult[] = [];
  if (person.self) list.push(html`<span>${words.you}</span>`);
  if (person.leader) list.push(html`<span class="person-leader">${icon("crown")}${words.leads}</span>`);
  if (person.role === "host") list.push(html`<span>${words.host}</span>`);
  if (person.role === "co-host") list.push(html`<span>${words.coHost}</span>`);
  list.push(
    person.verified
      ? html`<span class="person-verified">${icon("check")}${words.verifiedName}</span>`
      : html`<span class="person-unverified">${icon("unknown")}${strings.meeting.unverifiedLong}</span>`,
  );
  if (person.compared === "match") list.push(html`<span class="person-verified">${icon("check")}${words.codeMatches}</span>`);
  if (person.compared === "mismatch") list.push(html`<span class="person-differs">${icon("cross")}${words.codeDiffers}</span>`);
  return list;
}

function menuButton(person: Person, { step, go, strings }: Row): TemplateResult {
  const open = step !== "look";
  return html`<button
    type="button"
    class="person-menu"
    data-testid="person-menu"
    aria-label=${strings.panel.actions(person.name)}
    aria-expanded=${open}
    @click=${() => go(open ? "look" : "choose")}
  >${icon("more")}</button>`;
}

function below(person: Person, row: Row): TemplateResult | typeof nothing {
  switch (row.step) {
    case "look":
      return nothing;
    case "choose":
      return actions(person, row);
    case "remove":
    case "hand-over":
      return sure(person, row.step, row);
  }
}

function actions(person: Person, { meeting, go, asker, strings }: Row): TemplateResult {
  const words = strings.panel;
  const askMute = (): void => {
    void asker.ask({ do: "ask-mute", person: person.id });
    go("look");
  };
  return html`<div class="person-actions" role="group" aria-label=${words.actions(person.name)}>
    ${person.muted ? nothing : html`<button type="button" class="small" data-testid="ask-mute" data-first @click=${askMute}>${icon("microphone-off")}${words.askMute}</button>`}
    ${person.leader || meeting.kind === "call"
      ? nothing
      : html`<button type="button" class="small" data-testid="hand-over" data-first @click=${() => go("hand-over")}>${icon("crown")}${words.handOver}</button>`}
    <button type="button" class="small small-bad" data-testid="remove" data-first @click=${() => go("remove")}>${icon("leave")}${words.remove}</button>
  </div>`;
}

/** sure asks once more before what cannot be taken back. */
function sure(person: Person, what: "remove" | "hand-over", { go, asker, strings }: Row): TemplateResult {
  const words = strings.panel;
  const removing = what === "remove";
  const yes = (): void => {
    void asker.ask({ do: what, person: person.id });
    go("look");
  };
  return html`<div class="sure ${removing ? "sure-bad" : ""}" role="alert">
    <p><strong>${removing ? words.removeSure(person.name) : words.handOverSure(person.name)}</strong><span>${removing ? words.removeHint : words.handOverHint}</span></p>
    <div class="sure-answers">
      <wa-button data-testid="${what}-sure" variant=${removing ? "danger" : "brand"} @click=${yes}>${removing ? words.remove : words.handOverYes}</wa-button>
      <wa-button data-testid="keep" data-first appearance="filled" @click=${() => go("choose")}>${words.keep}</wa-button>
    </div>
  </div>`;
}
