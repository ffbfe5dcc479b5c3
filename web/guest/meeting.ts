import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { given, givenMutable, PageElement } from "../shared/element.ts";
import { icon } from "../shared/icon.ts";
import type { IconName } from "../shared/icons.ts";
import { formatNumber } from "../shared/model/code.ts";
import { initials } from "../shared/model/people.ts";
import { shieldView } from "../shared/model/shield.ts";
import { securityCode } from "../shared/security-code.ts";
import { shieldIcon } from "../shared/shield.ts";
import type { Encryption } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import { source } from "../shared/source.ts";
import type { Devices } from "./devices.ts";
import { encryptionOf, groupsOf } from "./encryption.ts";
import { type CoreView, type Member, streams } from "./protocol.ts";
import { type Outcome, outcomeOf, type Scan } from "./scan.ts";
import type { Notice, Session } from "./session.ts";
import { choices, streamOf } from "./start.ts";

type Pane = "" | "chat" | "people" | "devices";

/** GuestMeeting is the page in a meeting: faces, what people do, and the strip with the shield and the code. */
export class GuestMeeting extends PageElement {
  static override properties = {
    session: givenMutable,
    devices: givenMutable,
    strings: given,
    scanned: given,
    tick: given,
    pane: { state: true },
    comparing: { state: true },
    speaker: { state: true },
  };
  declare session: Session;
  declare devices: Devices;
  declare strings: Strings;
  declare scanned: Scan;
  declare tick: number;
  declare pane: Pane;
  declare comparing: boolean;
  /** Who speaks is large, and the others are small. */
  declare speaker: boolean;
  /** Who is large: content first, then who spoke last. */
  private spoke = "";
  /** What the scan said. */
  private scan: Outcome | null = null;
  private scanShown = false;

  constructor() {
    super();
    this.pane = "";
    this.comparing = false;
    this.speaker = false;
  }

  protected override render(): TemplateResult {
    const { session, strings } = this;
    const { view } = session;
    if (!view) return html``;
    return html`<div class="meeting ${session.linkUp ? "" : "meeting-down"}">
      ${this.head(session)}
      <main class="stage" aria-label=${strings.guest.stage}>${this.stage(view)}</main>
      <div class="notices" role="status" aria-live="polite">
        ${session.linkUp ? nothing : html`<p class="notice notice-grave" data-testid="reconnecting">${icon("link")} ${strings.meeting.reconnecting("")}</p>`}
        ${view.quiet ? html`<p class="notice">${icon("warning")} ${strings.meeting.quiet(leaderName(view))}</p>` : nothing}
        ${session.notices.filter(({ until }) => until > Date.now()).map((notice) => this.notice(notice))}
        ${this.scanShown ? html`<p class="notice notice-good" data-testid="scan-matches">${icon("check")} <span>${strings.guest.scanned}. ${strings.guest.scannedMatches}</span></p>` : nothing}
        ${this.scan === "other" && view.compared === "none" ? html`<p class="notice notice-grave" data-testid="scan-other">${icon("warning")} <span>${strings.guest.scannedOther}</span></p>` : nothing}
      </div>
      ${this.pane ? html`<aside class="side" aria-label=${this.paneTitle()}>${this.side(view)}</aside>` : nothing} ${this.strip(view)} ${this.controls(view)}
      ${this.comparing
        ? html`<gr-compare
            .groups=${groupsOf(view.digits)}
            .strings=${strings}
            @matches=${() => this.found(true, view.digits)}
            @differs=${() => this.found(false, view.digits)}
            @cancel=${() => (this.comparing = false)}
          ></gr-compare>`
        : nothing}
    </div>`;
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    for (const media of this.querySelectorAll<HTMLMediaElement>("video, audio")) if (media.srcObject && media.paused) media.play().catch(() => undefined);
    this.compareScanned();
  }

  /** compareScanned compares the code that a QR code brought, once there is one here. */
  private compareScanned(): void {
    const { view } = this.session;
    if (this.scan || !view) return;
    this.scan = outcomeOf(this.scanned, view);
    const { digits } = view;
    switch (this.scan) {
      case "matches":
        this.scanShown = true;
        setTimeout(() => {
          this.scanShown = false;
          this.requestUpdate();
        }, 20_000);
        queueMicrotask(() => this.found(true, digits));
        return;
      case "differs":
        queueMicrotask(() => this.found(false, digits));
        return;
      case "other":
        // Whoever is at the other end gets nothing of this person meanwhile.
        void this.session.setMuted(true);
        void this.session.setCameraOff(true);
        return;
      case null:
    }
  }

  private found(matches: boolean, digits: string): void {
    this.comparing = false;
    this.session.compare(matches, digits);
    // The others hear of it before this one is gone.
    if (!matches) setTimeout(() => this.dispatchEvent(new CustomEvent("mismatch")), 150);
    this.requestUpdate();
  }

  private head({ title, number }: Session): TemplateResult {
    return html`<header class="head">
      <h1 class="name">${title || this.strings.meeting.untitled}</h1>
      ${number ? html`<p class="head-fact figures">${formatNumber(number)}</p>` : nothing}
    </header>`;
  }

  private stage(view: CoreView): TemplateResult {
    const others = view.members.filter(({ id }) => id !== view.self);
    const content = others.filter(({ id }) => {
      const feed = this.session.relay?.feeds.get(id)?.get(streams.content);
      return feed?.track && !feed.muted; // a room that does not share has its place ready, and paused
    });
    const large = this.speaker ? this.large(others, content) : "";
    return html`<div class="grid ${large ? "speaker" : ""}" data-count=${others.length + content.length + 1}>
        ${content.map((member) => this.tile(member, streams.content, large === `${member.id}/content`))}
        ${repeat(
          others,
          ({ id }) => id,
          (member) => this.tile(member, streams.camera, large === member.id),
        )}
        ${this.own(view)}
      </div>
      ${repeat(
        this.sounds(others),
        ({ id }) => id,
        ({ stream, person }) => html`<audio data-person=${person} ${source(stream)} autoplay></audio>`,
      )}`;
  }

  /** large says which tile is the large one. It stays with whoever spoke last while nobody speaks, and while they do. */
  private large(others: Member[], content: Member[]): string {
    if (content[0]) return `${content[0].id}/content`;
    const speaking = others.filter(({ id }) => this.session.relay?.speakers.has(id)).map(({ id }) => id);
    if (speaking[0] && !speaking.includes(this.spoke)) this.spoke = speaking[0];
    if (!others.some(({ id }) => id === this.spoke)) this.spoke = others[0]?.id ?? "";
    return this.spoke;
  }

  private sounds(others: Member[]): { id: string; person: string; stream: MediaStream }[] {
    const sounds: { id: string; person: string; stream: MediaStream }[] = [];
    for (const { id } of others)
      for (const number of [streams.microphone, streams.contentAudio]) {
        const track = this.session.relay?.feeds.get(id)?.get(number)?.track;
        if (track) sounds.push({ id: `${id}/${number}`, person: id, stream: streamOf(track) });
      }
    return sounds;
  }

  private tile(member: Member, stream: typeof streams.camera | typeof streams.content, large: boolean): TemplateResult {
    const { session, strings } = this;
    const feed = session.relay?.feeds.get(member.id)?.get(stream);
    const sound = session.relay?.feeds.get(member.id)?.get(streams.microphone);
    const reason = !feed ? strings.reasons["no-camera"] : feed.muted ? strings.reasons["camera-off"] : this.why(member.id, stream);
    const trouble = session.reasonOf(member.id, streams.microphone);
    return html`<article class="tile ${session.relay?.speakers.has(member.id) ? "tile-speaking" : ""} ${large ? "tile-large" : ""}" data-person=${member.id} aria-label=${member.name}>
      ${feed?.track
        ? html`<video data-person=${member.id} ${source(streamOf(feed.track))} .muted=${true} autoplay playsinline aria-label=${strings.meeting.picture(member.name)}></video>`
        : nothing}
      ${reason ? html`<div class="tile-cover" data-testid="tile-reason"><span class="avatar" aria-hidden="true">${initials(member.name)}</span><p>${reason}</p></div>` : nothing}
      ${session.reactions.has(member.id) ? html`<span class="tile-reaction">${session.reactions.get(member.id)}</span>` : nothing}
      <p class="plate">
        ${member.hand ? html`<span class="plate-hand">${icon("hand")}<span class="visually-hidden">${strings.meeting.hand}</span></span>` : nothing}
        ${!sound || sound.muted ? html`${icon("microphone-off")}<span class="visually-hidden">${strings.meeting.muted}</span>` : nothing}
        <span class="name plate-name">${member.name}</span>
        ${member.verified ? nothing : html`<span class="plate-unverified">${strings.meeting.unverified}</span>`}
        ${trouble ? html`<span class="plate-trouble">${strings.trouble[trouble]}</span>` : nothing}
      </p>
    </article>`;
  }

  private why(person: string, stream: typeof streams.camera | typeof streams.content): string {
    const reason = this.session.reasonOf(person, stream);
    return reason ? this.strings.reasons[reason] : "";
  }

  private own(view: CoreView): TemplateResult {
    const { devices, session, strings } = this;
    const self = view.members.find(({ id }) => id === view.self);
    return html`<article class="tile tile-own" aria-label=${strings.guest.yourPicture}>
      ${devices.camera && !session.cameraOff
        ? html`<video class="mirrored" ${source(streamOf(devices.camera))} .muted=${true} autoplay playsinline aria-label=${strings.guest.yourPicture}></video>`
        : html`<div class="tile-cover"><span class="avatar" aria-hidden="true">${initials(self?.name ?? "")}</span></div>`}
      ${session.reactions.has(view.self) ? html`<span class="tile-reaction">${session.reactions.get(view.self)}</span>` : nothing}
      <p class="plate">
        ${self?.hand ? html`<span class="plate-hand">${icon("hand")}</span>` : nothing} ${session.muted || !devices.microphone ? icon("microphone-off") : nothing}
        <span class="name plate-name">${self?.name ?? ""}</span> <span class="plate-you">${strings.guest.you}</span>
      </p>
    </article>`;
  }

  private strip(view: CoreView): TemplateResult {
    const { strings } = this;
    const encryption: Encryption = encryptionOf(view);
    const shield = shieldView(encryption, strings);
    const agree = view.members.filter(({ id, compared }) => id !== view.self && compared === "match").length;
    return html`<section class="strip strip-${shield.kind}" aria-label=${strings.panel.security}>
      <div class="strip-shield" data-testid="shield" data-shield=${shield.kind} role="status">
        ${shieldIcon(shield.kind)}
        <p>
          <strong>${shield.word}${shield.since ? html` <span class="strip-since">(${shield.since})</span>` : nothing}</strong>
          <span>${agree ? strings.guest.compared(agree) : shield.hint}</span>
        </p>
      </div>
      ${view.digits
        ? html`<div class="strip-code">${securityCode(groupsOf(view.digits), 4, strings)}</div>
            <button class="button strip-compare" data-testid="compare" @click=${() => (this.comparing = true)}>${strings.guest.compare}</button>`
        : nothing}
      ${view.locked ? html`<p class="strip-locked" data-testid="locked">${icon("barred")} ${strings.meeting.locked}</p>` : nothing}
    </section>`;
  }

  private controls(view: CoreView): TemplateResult {
    const { session, devices, strings } = this;
    const words = strings.guest;
    const raised = view.members.some(({ id, hand }) => id === view.self && hand);
    return html`<nav class="controls ${view.members.length > 2 ? "controls-many" : ""}" aria-label=${words.controls}>
      ${control("mute", session.muted ? "microphone-off" : "microphone", session.muted ? words.unmute : words.mute, () => void session.setMuted(!session.muted), session.muted, !devices.microphone)}
      ${control("camera", session.cameraOff ? "camera-off" : "camera", session.cameraOff ? words.cameraOn : words.cameraOff, () => void session.setCameraOff(!session.cameraOff), session.cameraOff, !devices.camera)}
      ${control("hand", "hand", raised ? words.lowerHand : words.raiseHand, () => session.hand(!raised), raised)}
      ${control("chat", "chat", strings.panel.chat, () => this.toggle("chat"), this.pane === "chat")}
      ${control("people", "people", `${words.people} (${view.members.length})`, () => this.toggle("people"), this.pane === "people")}
      ${view.members.length > 2 ? control("speaker", "speaking", this.speaker ? words.grid : words.speaker, () => (this.speaker = !this.speaker), this.speaker) : nothing}
      ${control("devices", "more", words.settings, () => this.toggle("devices"), this.pane === "devices")}
      <button class="control control-leave" data-testid="leave" @click=${() => this.dispatchEvent(new CustomEvent("leave"))}>${icon("leave")}<span>${words.leave}</span></button>
    </nav>`;
  }

  private toggle(pane: Pane): void {
    this.pane = this.pane === pane ? "" : pane;
  }

  private paneTitle(): string {
    const words = this.strings.guest;
    return this.pane === "chat" ? this.strings.panel.chat : this.pane === "people" ? words.people : words.settings;
  }

  private side(view: CoreView): TemplateResult {
    return html`<div class="side-head">
        <h2>${this.paneTitle()}</h2>
        <button class="button button-small" aria-label=${this.strings.guest.close} @click=${() => (this.pane = "")}>${icon("cross")}</button>
      </div>
      ${this.pane === "chat" ? this.chat() : this.pane === "people" ? this.people(view) : this.deviceChoice()}`;
  }

  private deviceChoice(): TemplateResult {
    return choices(this.devices, this.strings, (kind, id) => {
      void this.devices.choose(kind, id).then(async () => {
        this.devices.quiet();
        const track = this.devices[kind];
        if (track) await this.session.relay?.replace(kind, track);
      });
    });
  }

  private people(view: CoreView): TemplateResult {
    const words = this.strings.panel;
    return html`<ul class="people" tabindex="0" data-testid="participants" data-count=${view.members.length}>
      ${view.members.map(
        (member) => html`<li data-person=${member.id}>
          <span class="name">${member.name}</span>
          <small>
            ${[member.id === view.self ? this.strings.guest.you : "", member.leader ? words.leads : "", member.role === "host" ? words.host : member.role === "co-host" ? words.coHost : "", member.organisation ? words.ofOrganisation : words.outside, member.compared === "match" ? words.codeMatches : member.compared === "mismatch" ? words.codeDiffers : ""]
              .filter(Boolean)
              .join(" · ")}
          </small>
        </li>`,
      )}
    </ul>`;
  }

  private chat(): TemplateResult {
    const words = this.strings.guest;
    const { lines } = this.session;
    return html`<ol class="chat" tabindex="0" data-testid="chat-lines" aria-live="polite">
        ${lines.length ? lines.map(({ name, text, own }) => html`<li class=${own ? "own" : ""} data-testid="chat-line"><strong class="name">${own ? words.you : name}</strong><p class="name">${text}</p></li>`) : html`<li class="chat-none">${words.chatNone}</li>`}
      </ol>
      <form class="chat-form" @submit=${this.write}>
        <input name="text" data-testid="chat-text" aria-label=${words.chatWrite} placeholder=${words.chatWrite} maxlength="500" autocomplete="off" />
        <button class="button button-main" data-testid="chat-send" type="submit">${words.send}</button>
      </form>`;
  }

  private readonly write = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const text = String(new FormData(form).get("text") ?? "").trim();
    if (text) this.session.chat(text);
    form.reset();
  };

  private notice({ kind, name, code }: Notice): TemplateResult {
    const key = kind === "compared" && code === "mismatch" ? "compare-differs" : kind;
    const say = sayOf(key, name, code, this.strings);
    if (!say) return html``;
    return html`<p class="notice ${key === "leader-changed" || key === "compare-differs" ? "notice-grave" : ""}" data-testid="notice" data-kind=${key}><bdi>${say}</bdi></p>`;
  }
}

function control(id: string, picture: IconName, label: string, act: () => void, pressed: boolean, disabled = false): TemplateResult {
  return html`<button class="control ${pressed ? "control-on" : ""}" data-testid=${id} aria-pressed=${pressed} ?disabled=${disabled} @click=${act}>${icon(picture)}<span>${label}</span></button>`;
}

/** sayOf puts an announcement into words; empty: there are none for it. */
function sayOf(kind: string, name: string, code: string, { guest, notices }: Strings): string {
  switch (kind) {
    case "mute-asked":
      return guest.muteAsked(name);
    case "command-refused":
      return code in guest.refused ? guest.refused[code as keyof typeof guest.refused] : guest.refused.other;
    default:
      return kind in notices ? notices[kind as keyof typeof notices](name) : "";
  }
}

function leaderName({ members, leader }: CoreView): string {
  return members.find(({ id }) => id === leader)?.name ?? "";
}

customElements.define("gr-guest-meeting", GuestMeeting);
