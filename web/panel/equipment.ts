import { html, nothing, type TemplateResult } from "lit";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import type { IconName } from "../shared/icons.ts";
import { clockTime } from "../shared/model/time.ts";
import { because, whyNot } from "../shared/model/troubles.ts";
import type { Control, Display, Head, Line, State } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import "./adjust.ts";
import type { Asker } from "./asker.ts";
import { cameraChoice, hasChoice } from "./cameras.ts";
import { Hold, type Move } from "./hold.ts";
import { paneHead } from "./pane.ts";
import "./equipment.css";

// How fast a button of the pad turns the camera, in percent: fast enough to follow somebody, slow enough to aim.
const panSpeed = 45;
const zoomSpeed = 40;

const volumeStep = 5;

/** Direction is a button of the pad. */
interface Direction {
  name: "up" | "left" | "right" | "down" | "in" | "out";
  sign: IconName;
  move: Move;
}

const directions: Direction[] = [
  { name: "up", sign: "up", move: { pan: 0, tilt: panSpeed, zoom: 0 } },
  { name: "left", sign: "left", move: { pan: -panSpeed, tilt: 0, zoom: 0 } },
  { name: "right", sign: "right", move: { pan: panSpeed, tilt: 0, zoom: 0 } },
  { name: "down", sign: "down", move: { pan: 0, tilt: -panSpeed, zoom: 0 } },
  { name: "in", sign: "plus", move: { pan: 0, tilt: 0, zoom: zoomSpeed } },
  { name: "out", sign: "minus", move: { pan: 0, tilt: 0, zoom: -zoomSpeed } },
];

/** equipped says whether the room has anything that the panel can choose, turn, switch or press. */
export function equipped(state: State): boolean {
  const { devices } = state;
  return hasChoice(state) || Boolean(devices.adjustments?.length || devices.head || devices.display || devices.controls?.length);
}

/** Equipment is what stands in the room: the pad that turns the camera, the display, and the room's own buttons. */
export class Equipment extends PageElement {
  static override properties = { state: given, asker: givenMutable, strings: given, closable: given, storing: { state: true } };
  declare state: State;
  declare asker: Asker;
  declare strings: Strings;
  /** It is a pane beside something else. */
  declare closable: boolean;
  /** The next preset that is pressed is where the camera looks now. */
  declare storing: boolean;

  private readonly hold = new Hold(
    () => this.asker,
    () => this.requestUpdate(),
  );

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.letGo);
    window.addEventListener("blur", this.letGo);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.letGo);
    window.removeEventListener("blur", this.letGo);
    this.letGo();
  }

  private readonly letGo = (): void => this.hold.end();

  protected override render(): TemplateResult {
    const { adjustments, head, display, controls } = this.state.devices;
    const words = this.strings.equipment;
    return html`<section class="card pane equipment" aria-label=${words.title}>
      ${this.closable ? paneHead(words.title, this.strings, this) : html`<h2>${words.title}</h2>`}
      <div class="pane-list" tabindex="0" role="group" aria-label=${words.title}>
        ${cameraChoice(this.state, this.asker, this.strings)}
        ${adjustments?.length ? html`<gr-adjust class="equipment-part" .adjustments=${adjustments} .asker=${this.asker} .strings=${this.strings}></gr-adjust>` : nothing}
        ${head ? this.head(head) : nothing} ${display ? this.display(display) : nothing} ${controls?.length ? this.controls(controls) : nothing}
      </div>
    </section>`;
  }

  private head(head: Head): TemplateResult {
    const words = this.strings.equipment;
    return html`<section class="equipment-part" aria-label=${words.camera}>
      <h3>${words.camera}</h3>
      ${this.trouble(head)}
      <div class="pad" role="group" aria-label=${words.pad}>${directions.map((direction) => this.direction(direction))}</div>
      ${head.presets.length ? this.presets(head) : nothing}
    </section>`;
  }

  private direction({ name, sign, move }: Direction): TemplateResult {
    const label = this.strings.equipment.directions[name];
    const begin = (event: PointerEvent): void => {
      if (event.button !== 0) return;
      // What slides off the button still holds it, until it is lifted.
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      this.hold.begin(move);
    };
    const down = (event: KeyboardEvent): void => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      if (!event.repeat) this.hold.begin(move);
    };
    // A screen reader presses without a pointer and without a key.
    const click = (event: MouseEvent): void => {
      if (event.detail === 0) this.hold.nudge(move);
    };
    return html`<button type="button" class="pad-button pad-${name} ${this.hold.held === move ? "pad-held" : ""}" data-testid=${`turn-${name}`} aria-label=${label}
      @pointerdown=${begin} @pointerup=${this.letGo} @pointercancel=${this.letGo} @lostpointercapture=${this.letGo}
      @keydown=${down} @keyup=${this.letGo} @blur=${this.letGo} @click=${click} @contextmenu=${(event: Event) => event.preventDefault()}>
      ${icon(sign)}
    </button>`;
  }

  private presets(head: Head): TemplateResult {
    const words = this.strings.equipment;
    const storing = this.storing ?? false;
    const press = (preset: number): void => {
      void this.asker.ask({ do: storing ? "preset-store" : "preset-recall", preset });
      this.storing = false;
    };
    return html`<div class="equipment-row" role="group" aria-label=${words.presets}>
        ${head.presets.map(
          ({ number, name }) => html`<button type="button" class="small ${head.at === number ? "small-good" : ""} ${storing ? "small-storing" : ""}" data-preset=${number} aria-pressed=${head.at === number} @click=${() => press(number)}>
            ${head.at === number ? icon("check") : nothing}<span class="name">${name}</span>
          </button>`,
        )}
      </div>
      <div class="equipment-store">
        <button type="button" class="small" data-testid="store" aria-pressed=${storing} @click=${() => (this.storing = !storing)}>${storing ? words.storeNot : words.store}</button>
        <p class="pane-hint" role="status">${storing ? words.storeHow : ""}</p>
      </div>`;
  }

  private display(display: Display): TemplateResult {
    const words = this.strings.equipment;
    const on = display.power === "on" || display.power === "warming";
    const turn = (): void => void this.asker.ask({ do: "display-power", on: !on });
    return html`<section class="equipment-part" aria-label=${words.display}>
      <h3>${words.display}</h3>
      ${this.trouble(display)}
      <div class="equipment-row">
        <button type="button" class="small" data-testid="display-power" aria-busy=${this.asker.busy("display-power")} @click=${turn}>${icon("power")}${on ? words.switchOff : words.switchOn}</button>
        <p class="equipment-state" role="status">${words.power[display.power]}</p>
      </div>
      ${display.power === "on" ? html`${this.volume(display)} ${this.inputs(display)}` : nothing}
      ${display.offAfter ? html`<p class="pane-hint">${words.offAfter(display.offAfter)}</p>` : nothing}
    </section>`;
  }

  private volume(display: Display): TemplateResult | typeof nothing {
    if (display.volume < 0) return nothing;
    const words = this.strings.equipment;
    const to = (volume: number): void => void this.asker.ask({ do: "display-volume", volume: Math.min(100, Math.max(0, volume)) });
    return html`<div class="equipment-row" role="group" aria-label=${words.volume}>
      <button type="button" class="small" data-testid="quieter" aria-label=${words.quieter} @click=${() => to(display.volume - volumeStep)}>${icon("minus")}</button>
      <p class="equipment-state figures" role="status">${words.volumeIs(display.volume)}</p>
      <button type="button" class="small" data-testid="louder" aria-label=${words.louder} @click=${() => to(display.volume + volumeStep)}>${icon("plus")}</button>
      <button type="button" class="small" data-testid="display-mute" aria-pressed=${display.muted} @click=${() => void this.asker.ask({ do: "display-mute", on: !display.muted })}>
        ${icon(display.muted ? "blocked" : "sound")}${words.mute}
      </button>
    </div>`;
  }

  private inputs(display: Display): TemplateResult | typeof nothing {
    if (!display.inputs.length) return nothing;
    const words = this.strings.equipment;
    return html`<div class="equipment-row" role="group" aria-label=${words.inputs}>
      ${display.inputs.map(
        (input) => html`<button type="button" class="small ${display.input === input ? "small-good" : ""}" data-input=${input} aria-pressed=${display.input === input} @click=${() => void this.asker.ask({ do: "display-input", text: input })}>${input}</button>`,
      )}
    </div>`;
  }

  private controls(controls: Control[]): TemplateResult {
    const words = this.strings.equipment;
    const away = controls.find((control) => control.state === "failed");
    return html`<section class="equipment-part" aria-label=${words.controls}>
      <h3>${words.controls}</h3>
      ${away ? this.trouble(away) : nothing}
      <div class="equipment-buttons">
        ${controls.map(
          (control) => html`<button type="button" class="small" data-control=${control.name} aria-busy=${control.outcome === "pressed"} @click=${() => void this.asker.ask({ do: "press", text: control.name })}>
            <span class="name">${control.name}</span>${control.outcome === "failed" || control.state === "failed" ? icon("warning") : control.outcome === "done" ? icon("check") : nothing}
          </button>`,
        )}
      </div>
      <p class="pane-hint" role="status">${this.outcome(controls)}</p>
    </section>`;
  }

  /** outcome says what became of the last press of all. */
  private outcome(controls: Control[]): string {
    const words = this.strings.equipment;
    const [last] = controls.filter(({ outcome }) => outcome !== "none").sort((a, b) => Date.parse(b.pressed) - Date.parse(a.pressed));
    switch (last?.outcome) {
      case "pressed":
        return words.pressed(last.name);
      case "done":
        return words.done(last.name, clockTime(Date.parse(last.pressed), this.state.room));
      case "failed":
        return `${last.name}: ${whyNot({ code: last.code ?? "", text: last.text ?? "" }, this.strings)}`;
      default:
        return "";
    }
  }

  /** trouble says what does not answer, and since when. */
  private trouble(line: Line): TemplateResult | typeof nothing {
    const words = this.strings.equipment;
    switch (line.state) {
      case "failed":
        return html`<p class="equipment-trouble" role="status">${icon("warning")}<span><strong>${words.away(clockTime(Date.parse(line.since), this.state.room))}</strong> ${because(line.cause, this.strings)}</span></p>`;
      case "starting":
        return html`<p class="pane-hint" role="status">${words.starting}</p>`;
      default:
        return nothing;
    }
  }
}

customElements.define("gr-equipment", Equipment);
