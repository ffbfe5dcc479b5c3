import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../shared/icon.ts";
import { cameraNames } from "../shared/model/cameras.ts";
import type { State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";

/** hasChoice says whether there is more than one camera to choose from. */
export function hasChoice({ devices }: State): boolean {
  return (devices.cameras?.length ?? 0) > 1;
}

/** cameraChoice offers the cameras that are there, and marks the one in use. */
export function cameraChoice(state: State, asker: Asker, strings: Strings): TemplateResult | typeof nothing {
  if (!hasChoice(state)) return nothing;
  const words = strings.equipment;
  return html`<section class="equipment-part" aria-label=${words.cameras}>
    <h3>${words.cameras}</h3>
    <div class="equipment-buttons" role="group" aria-label=${words.cameras}>
      ${cameraNames(state.devices.cameras ?? []).map(
        ({ id, name, inUse }) => html`<button type="button" class="small ${inUse ? "small-good" : ""}" data-camera=${id} aria-pressed=${inUse} @click=${() => void asker.ask({ do: "use-camera", text: id })}>
          <span class="name">${name}</span>${inUse ? icon("check") : nothing}
        </button>`,
      )}
    </div>
  </section>`;
}
