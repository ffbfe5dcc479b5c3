import { html, type TemplateResult } from "lit";
import type { Strings } from "../shared/strings/index.ts";
import "./pane.css";

/** Pane is what stands beside the security code: the meeting's facts, the people, the chat, or what stands in the room. */
export type Pane = "facts" | "people" | "chat" | "room";

/** paneHead is a pane's title, and the button that closes it: its element tells with a "closed" event. */
export function paneHead(title: string, strings: Strings, pane: HTMLElement): TemplateResult {
  return html`<header class="pane-head">
    <h2>${title}</h2>
    <wa-button data-testid="pane-close" appearance="filled" @click=${() => pane.dispatchEvent(new CustomEvent("closed"))}>${strings.panel.close}</wa-button>
  </header>`;
}
