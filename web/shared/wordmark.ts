import { html, type TemplateResult } from "lit";
import type { Strings } from "./strings/index.ts";

/** wordmark is the product's name with its sign. */
export function wordmark(strings: Strings): TemplateResult {
  return html`<span class="wordmark">
    <svg viewBox="0 0 48 48" aria-hidden="true" focusable="false">
      <path fill="#4ade94" d="M24 3 8 9v12.5C8 31.7 14.7 40 24 44c9.3-4 16-12.3 16-22.500V9L24 3Z" />
      <rect fill="#05170e" x="16.5" y="21" width="15" height="12" rx="2.2" />
      <path fill="none" stroke="#05170e" stroke-width="3.2" d="M19 21v-3a5 5 0 0 1 10 0v3" />
    </svg>
    ${strings.product}
  </span>`;
}
