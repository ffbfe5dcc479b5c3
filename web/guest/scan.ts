import type { CoreView } from "./protocol.ts";

/** Scan is what a QR code brought from a room's screen. */
export interface Scan {
  code: string;
  leader: string;
}

/**
 * What a scanned code says, once there is one here (meeting/SPEC.md, section 14):
 *
 *	matches   all digits are the same
 *	differs   the same leader has another code, or nobody knows whose the scanned one was: somebody is in between
 *	other     the scanned code was another leader's: the leader has changed since, or this page was led elsewhere. The page
 *	          can't tell which, so this is no good news, and nothing goes out until people have compared.
 */
export type Outcome = "matches" | "differs" | "other";

/** outcomeOf compares a scanned code with what the core shows; null: there is nothing to compare yet. */
export function outcomeOf({ code, leader }: Scan, { digits, leader: leads }: Pick<CoreView, "digits" | "leader">): Outcome | null {
  if (!code || !digits) return null;
  if (code === digits) return "matches";
  return leader && leads && !leads.startsWith(leader) ? "other" : "differs";
}
