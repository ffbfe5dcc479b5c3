import { RoomClock } from "./clock.ts";
import { parseState } from "./read.ts";
import type { State } from "./state.ts";

/**
 * How the page stands with the daemon:
 *
 *	opening -> live <-> lost
 *	              \-> shut     the daemon no longer knows this page's cookie: only opening the page anew helps
 */
export type LinkStatus = "opening" | "live" | "lost" | "shut";

/** What a page draws: the newest State, and whether it is still true. */
export interface Snapshot {
  state: State | null;
  status: LinkStatus;
}

const firstPause = 500;
const longestPause = 5_000;
// A link on which nothing came for this long is asked whether it is still there (EventSource hides comments).
const quietLimit = 20_000;
const answerLimit = 5_000;

/** RoomLink keeps the newest State by server-sent events, for ever, with growing pauses between tries. */
export class RoomLink {
  readonly clock = new RoomClock();
  snapshot: Snapshot = { state: null, status: "opening" };

  private source: EventSource | null = null;
  private pause = firstPause;
  private watch: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly changed: () => void) {}

  start(): void {
    this.open();
  }

  stop(): void {
    clearTimeout(this.watch);
    this.source?.close();
    this.source = null;
  }

  private open(): void {
    this.stop();
    const source = new EventSource("/v1/events");
    this.source = source;
    source.addEventListener("open", () => void this.probe());
    source.addEventListener("state", (event) => this.take((event as MessageEvent<string>).data));
    source.addEventListener("error", () => {
      this.setStatus("lost");
      // A refused or broken answer ends an EventSource; the others come back by themselves.
      if (source.readyState === EventSource.CLOSED) void this.reopen();
    });
    this.expectNews();
  }

  private take(json: string): void {
    const state = parseState(json);
    this.pause = firstPause;
    this.snapshot = { state, status: "live" };
    this.expectNews();
    this.changed();
  }

  private expectNews(): void {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => void this.checkQuiet(), quietLimit);
  }

  private async checkQuiet(): Promise<void> {
    if (await this.probe()) this.expectNews();
    else await this.reopen();
  }

  private async reopen(): Promise<void> {
    this.stop();
    this.setStatus("lost");
    const pause = this.pause;
    this.pause = Math.min(pause * 2, longestPause);
    await new Promise((resolve) => setTimeout(resolve, pause));
    await this.probe();
    this.open();
  }

  /** probe asks for the State once: is the daemon there, does it know us, what time is it there? */
  private async probe(): Promise<boolean> {
    try {
      const answer = await fetch("/v1/state", { signal: AbortSignal.timeout(answerLimit), cache: "no-store" });
      if (answer.status === 401 || answer.status === 403) this.setStatus("shut");
      this.clock.learn(Date.parse(answer.headers.get("Date") ?? ""));
      return answer.ok;
    } catch {
      return false;
    }
  }

  private setStatus(status: LinkStatus): void {
    const now = this.snapshot.status;
    if (now === status || (now === "shut" && status === "lost")) return;
    this.snapshot = { ...this.snapshot, status };
    this.changed();
  }
}
