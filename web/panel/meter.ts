import { html, type TemplateResult } from "lit";

const bars = 20;

/** meter draws a level of 0 to 100 as a row of bars, and tells it to screen readers as a meter. */
export function meter(level: number, label: string): TemplateResult {
  const lit = Math.round((Math.max(0, Math.min(100, level)) / 100) * bars);
  return html`<div class="meter" role="meter" aria-label=${label} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${level} data-testid="level">
    ${Array.from({ length: bars }, (_, i) => html`<span class="${i < lit ? "meter-lit" : ""} ${i >= 17 ? "meter-high" : ""}"></span>`)}
  </div>`;
}
