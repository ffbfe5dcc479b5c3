import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../shared/icon.ts";
import { identityPlace } from "../shared/model/identity.ts";
import type { Device, State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import type { Asker } from "./asker.ts";
import { meter } from "./meter.ts";

/** PreviewSwitch shows and hides the room's own picture. */
export interface PreviewSwitch {
  open: boolean;
  turn: () => void;
}

/**
 * checkCard shows how the room's microphone and camera do, with a level to speak into, and sets the volume. Between meetings
 * it also says where the identity key is; during one, there is no room for what nobody looks for then, such as a camera
 * that works.
 */
export function checkCard(state: State, asker: Asker, strings: Strings, preview?: PreviewSwitch): TemplateResult {
  const words = strings.panel;
  const { microphone, camera } = state.devices;
  const muted = asker.shows("mute", state);
  const cameraOn = asker.shows("camera", state);
  return html`<section class="card check" aria-label=${words.check}>
    <div class="check-line">
      ${icon(muted ? "microphone-off" : "microphone")}
      <span class="check-name"><strong>${strings.health.microphone}</strong><span>${deviceText(microphone, muted ? strings.health.muted : "", strings)}</span></span>
    </div>
    ${meter(muted ? 0 : microphone.level, words.level)}
    ${microphone.state === "running" && microphone.echo === "none" && !state.meeting ? html`<p class="check-echo" data-testid="echo">${words.echoHeard}</p>` : nothing}
    ${state.meeting && camera.state === "running"
      ? nothing
      : html`<div class="check-line">
          ${icon(cameraOn ? "camera" : "camera-off")}
          <span class="check-name"><strong>${strings.health.camera}</strong><span>${deviceText(camera, cameraOn ? "" : strings.health.off, strings)}</span></span>
          ${preview && camera.state !== "none"
            ? html`<button type="button" class="small" data-testid="check-camera" aria-pressed=${preview.open} @click=${preview.turn}>${preview.open ? words.previewEnd : words.previewShow}</button>`
            : nothing}
        </div>`}
    <div class="check-line" role="group" aria-label=${words.volume}>
      ${icon("sound")}
      <span class="check-name"><strong>${words.volume}</strong></span>
      ${volumeButton(state, asker, -volumeStep, "minus", words.quieter)}
      <output class="figures volume" data-testid="volume" aria-live="polite">${state.devices.speaker.volume}</output>
      ${volumeButton(state, asker, volumeStep, "plus", words.louder)}
    </div>
    ${state.identity.backend && !state.meeting ? html`<div class="check-line" data-testid="identity">
      ${icon("key")}
      <span class="check-name"><strong>${strings.identity.title}</strong><span>${identityPlace(state.identity, strings)}</span></span>
    </div>` : nothing}
  </section>`;
}

const volumeStep = 10;

function volumeButton(state: State, asker: Asker, step: number, sign: "minus" | "plus", label: string): TemplateResult {
  const now = state.devices.speaker.volume;
  const volume = Math.max(0, Math.min(100, now + step));
  return html`<button type="button" class="card-button" data-testid=${step < 0 ? "quieter" : "louder"} aria-label=${label} ?disabled=${volume === now} @click=${() => void asker.ask({ do: "volume", volume })}>
    ${icon(sign)}
  </button>`;
}

function deviceText(device: Device, off: string, { health }: Strings): string {
  switch (device.state) {
    case "ready":
    case "running":
      return off || device.name;
    case "starting":
      return health.starting;
    case "none":
      return health.none;
    case "absent":
      return health.absent;
    case "failed":
      return health.failed;
  }
}
