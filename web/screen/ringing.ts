import { html, type TemplateResult } from "lit";
import { icon } from "../shared/icon.ts";
import { elapsed } from "../shared/model/time.ts";
import type { Joining, Ringing, State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import { messagePage } from "./message.ts";
import "./ringing.css";

/** ringingPage says who calls this room, and how the call begins. */
export function ringingPage({ from, since, encryption }: Ringing, state: State, now: number, strings: Strings): TemplateResult {
  const words = strings.ringing;
  return messagePage({
    title: words.title(from),
    lead: words.how,
    above: bell,
    below: html`<p class="ringing-encryption" data-testid="ringing">${words.encryption[encryption] ?? words.encryption.unknown}</p>
      ${timer(since, now)}`,
    state,
    now,
    strings,
  });
}

/** callingPage says whom this room calls, while it rings there. */
export function callingPage({ title, since }: Joining, state: State, now: number, strings: Strings): TemplateResult {
  const words = strings.joining;
  return messagePage({
    title: words.calling(title),
    lead: words.hints.ringing,
    above: bell,
    below: timer(since, now),
    state,
    now,
    strings,
  });
}

const bell = html`<span class="ringing-bell">${icon("call")}</span>`;

function timer(since: string, now: number): TemplateResult {
  return html`<p class="ringing-since figures" role="timer">${elapsed(since, now)}</p>`;
}
