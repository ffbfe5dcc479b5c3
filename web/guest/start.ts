import { html, nothing, type TemplateResult } from "lit";
import { icon } from "../shared/icon.ts";
import { formatNumber } from "../shared/model/code.ts";
import { source } from "../shared/source.ts";
import type { Strings } from "../shared/strings/index.ts";
import { wordmark } from "../shared/wordmark.ts";
import type { Devices } from "./devices.ts";
import type { Entry } from "./protocol.ts";
import type { Session } from "./session.ts";

/** Start is what the first page shows and does. */
export interface Start {
  entry: Entry;
  missing: boolean;
  /** A QR code brought the digits of a room's screen. */
  scanned: boolean;
  devices: Devices;
  session: Session;
  strings: Strings;
  join(entry: Entry): void;
  choose(kind: "camera" | "microphone", id: string): void;
}

/** startPage asks who comes, and lets them look at their camera and microphone first. */
export function startPage(start: Start): TemplateResult {
  const { strings, session } = start;
  const words = strings.guest;
  return html`<main class="start">
    <header class="start-head">${wordmark(strings)}</header>
    <section class="start-check" aria-label=${words.preview}>${preview(start)} ${choices(start.devices, strings, start.choose)}</section>
    <form class="start-form" @submit=${(event: SubmitEvent) => submit(event, start)} novalidate>
      <h1>${words.title}</h1>
      <p class="start-lead">${words.lead}</p>
      ${start.scanned ? html`<p class="start-scanned" data-testid="scanned">${icon("check")} <span>${words.scannedStart}</span></p>` : nothing}
      ${field("number", words.number, formatNumber(start.entry.number), "numeric")} ${field("passcode", words.passcode, start.entry.passcode, "numeric")}
      ${field("name", words.name, start.entry.name, "text", words.nameHint)}
      <p class="start-missing" id="missing" role="alert">${start.missing ? words.joinMissing : nothing}</p>
      <button class="button button-main" data-testid="join" type="submit">${words.join}</button>
    </form>
    <footer class="start-foot">
      ${session.digest
        ? html`<p title=${words.programHint}>${words.program} <code data-testid="digest" data-bytes=${session.coreBytes} data-millis=${Math.round(session.coreMillis)}>${session.digest}</code></p>`
        : nothing}
    </footer>
  </main>`;
}

function submit(event: SubmitEvent, { join }: Start): void {
  event.preventDefault();
  const data = new FormData(event.currentTarget as HTMLFormElement);
  const text = (name: string): string => String(data.get(name) ?? "");
  join({ number: text("number"), passcode: text("passcode"), name: text("name") });
}

function field(name: string, label: string, value: string, mode: "numeric" | "text", hint = ""): TemplateResult {
  return html`<label class="field">
    <span>${label}</span>
    <input
      name=${name}
      data-testid=${name}
      class=${mode === "numeric" ? "figures" : ""}
      .defaultValue=${value}
      inputmode=${mode}
      autocomplete=${name === "name" ? "name" : "off"}
      maxlength=${name === "name" ? 64 : 32}
      aria-describedby="missing"
    />
    ${hint ? html`<small>${hint}</small>` : nothing}
  </label>`;
}

function preview({ devices, strings }: Start): TemplateResult {
  const words = strings.guest;
  const { camera } = devices;
  return html`<div class="preview">
      ${camera
        ? html`<video class="preview-video" ${source(streamOf(camera))} .muted=${true} autoplay playsinline aria-label=${words.preview}></video>`
        : html`<span class="preview-none">${icon("camera-off")}</span>`}
      <div class="meter" role="meter" aria-label=${words.level} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(devices.level * 100)}>
        ${icon(devices.microphone ? "microphone" : "microphone-off")}
        <span class="meter-bar"><i .style=${`inline-size:${Math.round(devices.level * 100)}%`}></i></span>
      </div>
    </div>
    ${fault(devices.cameraFault, words.cameraFault)} ${fault(devices.microphoneFault, words.microphoneFault)}`;
}

function fault(name: string, words: Strings["guest"]["cameraFault"]): TemplateResult | typeof nothing {
  if (!name) return nothing;
  return html`<p class="fault" role="status">${icon("warning")} ${name in words ? words[name as keyof typeof words] : words.other}</p>`;
}

const made = new WeakMap<MediaStreamTrack, MediaStream>();

/** streamOf is always the same stream for a track: a video element that is given another one begins anew. */
export function streamOf(track: MediaStreamTrack): MediaStream {
  const stream = made.get(track) ?? new MediaStream([track]);
  made.set(track, stream);
  return stream;
}

/** choices are the devices that there are to choose from. */
export function choices(devices: Devices, strings: Strings, choose: Start["choose"]): TemplateResult {
  const words = strings.guest;
  const one = (kind: "camera" | "microphone", label: string): TemplateResult => {
    const list = devices.list.filter((device) => device.kind === (kind === "camera" ? "videoinput" : "audioinput"));
    const used = devices[kind]?.getSettings().deviceId;
    return html`<label class="choice">
      ${icon(kind)}<span class="visually-hidden">${label}</span>
      <select data-testid=${`choose-${kind}`} ?disabled=${list.length === 0} @change=${(event: Event) => choose(kind, (event.target as HTMLSelectElement).value)}>
        ${list.length
          ? list.map((device, i) => html`<option value=${device.deviceId} ?selected=${device.deviceId === used}>${device.label || words.device(i + 1)}</option>`)
          : html`<option>${words.none}</option>`}
      </select>
    </label>`;
  };
  return html`<div class="choices">${one("camera", words.camera)} ${one("microphone", words.microphone)}</div>`;
}
