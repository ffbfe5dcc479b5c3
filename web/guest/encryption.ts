import type { Encryption } from "../shared/state.ts";
import type { CoreView } from "./protocol.ts";

/** groupsOf cuts the code's 40 digits into 8 groups. */
export function groupsOf(digits: string): string[] {
  return digits.match(/\d{5}/g) ?? [];
}

/** encryptionOf says what the core shows in the words of the State, which the shield is drawn by. */
export function encryptionOf(view: CoreView): Encryption {
  const e2ee = view.phase === "in" && view.encryption === "e2ee" && view.digits !== "";
  const shield = !e2ee ? "checking" : view.compared === "match" ? "verified" : view.compared === "mismatch" ? "not-secure" : "e2ee";
  return { kind: e2ee ? "e2ee" : "unknown", shield, code: groupsOf(view.digits), compared: view.compared, joinedSince: view.joinedSince, epoch: view.epoch, leader: view.leader };
}
