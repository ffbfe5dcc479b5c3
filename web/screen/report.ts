/** What the page tells the room of how it plays: daemon/room/counters.go says what each field means. */
export interface Report {
  decoded: number;
  dropped: number;
  freezes: number;
  freezeMs: number;
  samples: number;
  concealed: number;
  apart: number | null;
}

/** The parts of WebRTC's counters that are read, which the DOM's own types do not all know. */
export interface Inbound {
  type: string;
  kind?: string;
  mid?: string;
  framesDecoded?: number;
  framesDropped?: number;
  freezeCount?: number;
  totalFreezesDuration?: number;
  totalSamplesReceived?: number;
  concealedSamples?: number;
  silentConcealedSamples?: number;
  /** When what is played now was captured, in milliseconds of the sender's clock. */
  estimatedPlayoutTimestamp?: number;
}

/** summed adds up what WebRTC counts of each slot. A slot's sound has the m-line that is `slots` after its picture's. */
export function summed(stats: Iterable<Inbound>, slots: number): Report {
  const report: Report = { decoded: 0, dropped: 0, freezes: 0, freezeMs: 0, samples: 0, concealed: 0, apart: null };
  const playing = new Map<number, number>();
  for (const s of stats) {
    if (s.type !== "inbound-rtp") continue;
    report.decoded += s.framesDecoded ?? 0;
    report.dropped += s.framesDropped ?? 0;
    report.freezes += s.freezeCount ?? 0;
    report.freezeMs += Math.round(1000 * (s.totalFreezesDuration ?? 0));
    report.samples += s.totalSamplesReceived ?? 0;
    // What is made up while nobody speaks and nothing is sent is silence, and no loss.
    report.concealed += (s.concealedSamples ?? 0) - (s.silentConcealedSamples ?? 0);
    if (s.mid !== undefined && s.estimatedPlayoutTimestamp) playing.set(Number(s.mid), s.estimatedPlayoutTimestamp);
  }
  for (let slot = 0; slot < slots; slot++) {
    const [picture, sound] = [playing.get(slot), playing.get(slot + slots)];
    if (picture === undefined || sound === undefined) continue;
    const apart = Math.round(sound - picture);
    if (report.apart === null || Math.abs(apart) > Math.abs(report.apart)) report.apart = apart;
  }
  return report;
}

/** send tells the room, which may be away: what is not heard now is in the next report. */
export async function send(report: Report): Promise<void> {
  try {
    await fetch("/v1/playout/report", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(report),
      signal: AbortSignal.timeout(2_000),
    });
  } catch {
    // The page's link to the room says so by itself.
  }
}
