import type { Encryption, ShieldKind } from "../state.ts";
import type { Strings } from "../strings/index.ts";

/** ShieldView is the shield in words; the words always stand beside the drawing. */
export interface ShieldView {
  kind: ShieldKind;
  /** What it is: "End-to-end encrypted, verified". */
  word: string;
  /** Newcomers since the code was compared: "2 joined since". Empty when there are none. */
  since: string;
  /** What it means, or what to do. */
  hint: string;
}

/**
 * shieldView says what the shield means. Whatever it does not know it calls unknown, never encrypted; and a shield of
 * end-to-end encryption that the kind of encryption does not bear out is not shown. In a call there are two to compare.
 */
export function shieldView(encryption: Encryption | undefined, strings: Strings, call = false): ShieldView {
  const words = strings.shield;
  const checking: ShieldView = { kind: "checking", word: words.checking, since: "", hint: words.hint.checking };
  if (!encryption) return checking;
  switch (encryption.shield) {
    case "checking":
      return checking;
    case "encrypted":
      return { kind: "encrypted", word: words.encrypted, since: "", hint: words.hint.encrypted };
    case "e2ee":
      return encryption.kind === "e2ee" ? { kind: "e2ee", word: words.e2ee, since: "", hint: call ? words.hint.e2eeCall : words.hint.e2ee } : checking;
    case "verified":
      return encryption.kind === "e2ee" ? verifiedView(encryption.joinedSince, strings, call) : checking;
    case "not-secure":
      return { kind: "not-secure", word: words.notSecure, since: "", hint: words.hint.notSecure };
    default:
      return checking;
  }
}

function verifiedView(joinedSince: number, { shield: words }: Strings, call: boolean): ShieldView {
  const newcomers = joinedSince > 0;
  return {
    kind: "verified",
    word: words.verified,
    since: newcomers ? words.joinedSince(joinedSince) : "",
    hint: newcomers ? words.hint.verifiedSince : call ? words.hint.verifiedCall : words.hint.verified,
  };
}

/** shownCode is the security code to show: only end-to-end encryption has one. */
export function shownCode(encryption: Encryption): readonly string[] {
  return encryption.kind === "e2ee" ? encryption.code : [];
}
