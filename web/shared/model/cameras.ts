import type { Camera } from "../state.ts";

/** cameraNames are the cameras by names that differ: those of one name are numbered in the order of the list. */
export function cameraNames(cameras: readonly Camera[]): { id: string; name: string; inUse: boolean }[] {
  const seen = new Map<string, number>();
  return cameras.map(({ id, label, inUse }) => {
    const count = (seen.get(label) ?? 0) + 1;
    seen.set(label, count);
    const alone = cameras.filter((other) => other.label === label).length === 1;
    return { id, name: alone ? label : `${label} (${count})`, inUse };
  });
}
