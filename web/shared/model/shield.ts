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

/** shieldView says what the shield means. Whatever it does not know it calls unknown, never encrypted. */
export function shieldView(encryption: Encryption | undefined, strings: Strings): ShieldView {
  const words = strings.shield;
  const checking: ShieldView = { kind: "checking", word: words.checking, since: "", hint: words.hint.checking };
  if (!encryption) return checking;
  switch (encryption.shield) {
    case "checking":
      return checking;
    case "encrypted":
      return { kind: "encrypted", word: words.encrypted, since: "", hint: words.hint.encrypted };
    case "e2ee":
      return { kind: "e2ee", word: words.e2ee, since: "", hint: words.hint.e2ee };
    case "verified":
      return verifiedView(encryption.joinedSince, strings);
    case "not-secure":
      return { kind: "not-secure", word: words.notSecure, since: "", hint: words.hint.notSecure };
    default:
      return checking;
  }
}

function verifiedView(joinedSince: number, { shield: words }: Strings): ShieldView {
  const newcomers = joinedSince > 0;
  return {
    kind: "verified",
    word: words.verified,
    since: newcomers ? words.joinedSince(joinedSince) : "",
    hint: newcomers ? words.hint.verifiedSince : words.hint.verified,
  };
}
