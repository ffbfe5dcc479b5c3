import type { ReactiveController, ReactiveControllerHost } from "lit";

/** Ticker draws its host anew at the start of each second, for clocks and waiting times. */
export class Ticker implements ReactiveController {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly now: () => number,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.arm();
  }

  hostDisconnected(): void {
    clearTimeout(this.timer);
  }

  private arm(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.host.requestUpdate();
      this.arm();
    }, 1000 - (this.now() % 1000));
  }
}
