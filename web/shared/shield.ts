import { html, svg, type SVGTemplateResult, type TemplateResult } from "lit";
import type { ShieldKind } from "./state.ts";

const outline = svg`<path class="shield-body" d="M24 5 9 10.500V22c0 9.6 6.2 17.4 15 20.500C32.8 39.4 39 31.6 39 22V10.500L24 5Z"/>`;
const padlock = svg`<rect class="shield-mark-fill" x="17" y="22" width="14" height="11" rx="2"/><path class="shield-mark" d="M19.5 22v-3.500a4.5 4.5 0 0 1 9 0V22"/>`;
const tick = svg`<path class="shield-mark" d="m16.5 24 5.3 5.300L32 18.7"/>`;
const cross = svg`<path class="shield-mark" d="m18 18 12 12M30 18 18 30"/>`;
// A second, outer shield: the ring that a compared code puts around the padlock.
const ring = svg`<path class="shield-ring" d="M24 1 5.5 7.800V22c0 11.5 7.5 20.7 18.5 24.500C35 42.7 42.5 33.5 42.5 22V7.800L24 1Z"/>`;

const marks: Record<ShieldKind, SVGTemplateResult> = {
  checking: svg`<path class="shield-mark shield-dots" d="M17 24h.01M24 24h.01M31 24h.01"/>`,
  encrypted: tick,
  e2ee: padlock,
  verified: padlock,
  "not-secure": cross,
};

/** shieldIcon draws one of the five shields. It is decoration: the word always stands beside it. */
export function shieldIcon(kind: ShieldKind): TemplateResult {
  return html`<svg class="shield shield-${kind}" viewBox="0 0 48 48" aria-hidden="true" focusable="false">
    ${kind === "verified" ? ring : null} ${outline} ${marks[kind]}
  </svg>`;
}
