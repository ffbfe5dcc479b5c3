import { html, type TemplateResult } from "lit";
import { codeDigits, codeRows, spokenCode } from "./model/code.ts";
import type { Strings } from "./strings/index.ts";

/**
 * securityCode draws the code in rows of groups. data-code has the bare digits, for checks; screen readers get the
 * digits one by one.
 */
export function securityCode(groups: readonly string[], perRow: number, strings: Strings): TemplateResult {
  return html`<div class="code figures" data-testid="security-code" data-code=${codeDigits(groups)}>
    <span class="visually-hidden">${strings.code.label}: ${spokenCode(groups)}</span>
    <div class="code-rows" aria-hidden="true">
      ${codeRows(groups, perRow).map((row) => html`<div class="code-row">${row.map((group) => html`<span>${group}</span>`)}</div>`)}
    </div>
  </div>`;
}
