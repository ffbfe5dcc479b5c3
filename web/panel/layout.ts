import { html, type TemplateResult } from "lit";
import { icon } from "../shared/icon.ts";
import type { Meeting } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";
import "./layout.css";

/** layoutButton has who speaks large on the wall, or all faces of one size again. Its sign is what the wall shows now. */
export function layoutButton(meeting: Meeting, asker: Asker, strings: Strings): TemplateResult {
  const large = meeting.layout === "speaker";
  const label = strings.panel.speakerLarge;
  const press = (): void => void asker.ask({ do: "layout", text: large ? "grid" : "speaker" });
  return html`<button type="button" class="card-button layout-button" data-testid="layout" aria-label=${label} title=${label} aria-pressed=${large} @click=${press}>${icon(large ? "layout-speaker" : "layout-grid")}</button>`;
}
