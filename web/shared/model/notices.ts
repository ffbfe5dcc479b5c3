import type { IconName } from "../icons.ts";
import type { Notice, NoticeKind } from "../state.ts";
import type { Strings } from "../strings/index.ts";

/** How long a change is announced, in milliseconds: as long as the daemon keeps it (NoticeTime). */
export const noticeTime = 10_000;

const shown = 3;

/** Look is how a notice is drawn: calm, as something to act on, or as danger. */
export type Look = "plain" | "warn" | "bad";

const looks: Record<NoticeKind, { icon: IconName; look: Look }> = {
  joined: { icon: "people", look: "plain" },
  left: { icon: "people", look: "plain" },
  removed: { icon: "people", look: "plain" },
  "leader-changed": { icon: "key", look: "warn" },
  reconnected: { icon: "link", look: "plain" },
  locked: { icon: "barred", look: "plain" },
  unlocked: { icon: "door", look: "plain" },
  upgraded: { icon: "upgrade", look: "plain" },
  hand: { icon: "hand", look: "plain" },
  compared: { icon: "check", look: "plain" },
  "compare-differs": { icon: "cross", look: "bad" },
  divided: { icon: "split", look: "bad" },
  // The panel asks what to do about it.
  "mute-asked": { icon: "microphone", look: "plain" },
};

/** noticeLook is a notice's icon and how loudly it is drawn. */
export function noticeLook(kind: NoticeKind): { icon: IconName; look: Look } {
  return looks[kind] ?? { icon: "people", look: "plain" };
}

/**
 * freshNotices are those that are still to be shown, in their order, three at most: the newest, but a coming and going
 * of people never pushes out what asks for something to be done.
 */
export function freshNotices(notices: readonly Notice[], now: number): Notice[] {
  const fresh = notices.filter((notice) => now - Date.parse(notice.since) < noticeTime);
  const graveFirst = [...fresh].reverse().sort((a, b) => grave(b) - grave(a));
  const chosen = new Set(graveFirst.slice(0, shown));
  return fresh.filter((notice) => chosen.has(notice));
}

function grave(notice: Notice): number {
  return ["plain", "warn", "bad"].indexOf(noticeLook(notice.kind).look);
}

/** noticeText is a notice in words. */
export function noticeText(notice: Notice, strings: Strings): string {
  const words = strings.notices[notice.kind];
  return words ? words(notice.name ?? "") : "";
}
