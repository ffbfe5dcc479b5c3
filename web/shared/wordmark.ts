import { html, type TemplateResult } from "lit";
import type { Strings } from "./strings/index.ts";

/**
 * wordmark is the product's name with its sign, a door. No shield and no padlock: those say how a meeting is encrypted, and
 * the sign stands where there is none.
 */
export function wordmark(strings: Strings): TemplateResult {
  return html`<span class="wordmark">
    <svg viewBox="0 0 48 48" aria-hidden="true" focusable="false">
      <rect fill="#4ade94" x="4" y="4" width="40" height="40" rx="10" />
      <path fill="#05170e" d="M15 44V15.5a4 4 0 0 1 4-4h10a4 4 0 0 1 4 4V44Z" />
      <circle fill="#4ade94" cx="28" cy="28.5" r="2" />
    </svg>
    ${strings.product}
  </span>`;
}
