import { html, type TemplateResult } from "lit";
import { icons, type IconName } from "./icons.ts";

/** icon draws one of Greenroom's icons as text-sized decoration: the word beside it carries the meaning. */
export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" data-icon=${name} viewBox="0 0 24 24" aria-hidden="true" focusable="false">${icons[name]}</svg>`;
}
