import { html, type TemplateResult } from "lit";
import { icon } from "../shared/icon.ts";
import { whyNot } from "../shared/model/troubles.ts";
import type { Refusal, State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Trouble } from "./asker.ts";

/** refusalOf is what to tell of the last command: what the State says, else what only this panel knows, else nothing. */
export function refusalOf(state: State, trouble: Trouble | null, strings: Strings): Refusal | null {
  if (state.refusal) return state.refusal;
  if (!trouble) return null;
  if (trouble.kind === "unanswered") return { command: "", code: "unanswered", text: strings.panel.unanswered };
  return trouble.refusal;
}

/** refusalAlert draws a refusal over the page until it is dismissed. */
export function refusalAlert(refusal: Refusal, strings: Strings, busy: boolean, dismiss: () => void): TemplateResult {
  const { refused, dismiss: ok, unknown } = strings.panel;
  const title = Object.hasOwn(refused, refusal.command) ? refused[refusal.command as keyof typeof refused] : refused.other;
  return html`<div class="alert alert-bad" data-testid="refusal" data-code=${refusal.code}>
    ${icon("warning")}
    <p><strong>${title}</strong><span>${whyNot(refusal, strings) || unknown}</span></p>
    <wa-button data-testid="dismiss" appearance="filled" ?loading=${busy} @click=${dismiss}>${ok}</wa-button>
  </div>`;
}
