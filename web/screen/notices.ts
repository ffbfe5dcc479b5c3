import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { icon } from "../shared/icon.ts";
import { freshNotices, noticeLook, noticeText } from "../shared/model/notices.ts";
import type { Meeting, Notice } from "../shared/state.ts";
import type { Strings } from "../shared/strings/index.ts";
import "./notices.css";

/** noticeList announces what just changed, for ten seconds, and a leader of whom nothing is heard for as long as that lasts. */
export function noticeList(meeting: Meeting, now: number, strings: Strings): TemplateResult {
  return html`<div class="notices">
    ${meeting.link.quiet ? quietNotice(meeting.encryption.leader, strings) : nothing}
    ${repeat(freshNotices(meeting.notices, now), ({ id }) => id, (notice) => noticeLine(notice, strings))}
  </div>`;
}

function noticeLine(notice: Notice, strings: Strings): TemplateResult {
  const { icon: sign, look } = noticeLook(notice.kind);
  return html`<p class="notice notice-${look}" data-testid="notice" data-kind=${notice.kind}>
    ${icon(sign)}<span>${noticeText(notice, strings)}</span>
  </p>`;
}

function quietNotice(leader: string, { meeting: words }: Strings): TemplateResult {
  return html`<p class="notice notice-warn" data-testid="quiet">
    ${icon("warning")}<span>${words.quiet(leader)}<small>${words.quietHint}</small></span>
  </p>`;
}
