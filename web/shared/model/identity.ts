import type { State } from "../state.ts";
import type { Strings } from "../strings/index.ts";

/** identityPlace says where the room's identity key is: in the TPM, in a sealed file, or open to whoever reads the disk. */
export function identityPlace({ backend, protection }: State["identity"], { identity: words }: Strings): string {
  if (backend === "tpm") return words.tpm;
  return protection === "none" ? words.none : words.file;
}
