import type { Browser, Page } from "playwright-core";
import { slots } from "../../shared/playout.ts";

/** Player is a second page that answers the screen's offers and plays a picture and a tone of its own into each slot. */
export class Player {
  private constructor(private readonly page: Page) {}

  static async start(browser: Browser): Promise<Player> {
    const page = await browser.newPage();
    await page.goto("about:blank");
    await page.evaluate(playSlots, slots);
    return new Player(page);
  }

  /**
   * answer takes the screen's offer and gives the answer; slot i of the offer gets picture and tone i, for the first
   * `used` slots. The page that was answered before is hung up on.
   */
  async answer(offer: string, used = slots): Promise<string> {
    await this.hangUp();
    return this.page.evaluate(([sdp, count]) => (window as unknown as PlayerWindow).answerOffer(sdp, count), [offer, used] as const);
  }

  /** hangUp closes every connection, as a daemon that stops does. */
  async hangUp(): Promise<void> {
    await this.page.evaluate(() => (window as unknown as PlayerWindow).hangUp());
  }
}

interface PlayerWindow {
  answerOffer(offer: string, used: number): Promise<string>;
  hangUp(): void;
}

/** playSlots runs inside the player's page. The hue of a slot's picture is its number times 40 degrees. */
function playSlots(slots: number): void {
  const peers: RTCPeerConnection[] = [];
  const audio = new AudioContext();
  const video: MediaStreamTrack[] = [];
  const sound: MediaStreamTrack[] = [];

  const draw = (canvas: HTMLCanvasElement, slot: number): void => {
    const context = canvas.getContext("2d");
    if (!context) return;
    const { width, height } = canvas;
    const hue = slot * 40;
    const light = context.createLinearGradient(0, 0, width, height);
    light.addColorStop(0, `hsl(${hue} 34% 46%)`);
    light.addColorStop(1, `hsl(${hue} 42% 20%)`);
    context.fillStyle = light;
    context.fillRect(0, 0, width, height);
    context.fillStyle = `hsl(${hue} 30% 72%)`;
    const sway = Math.sin(performance.now() / 700 + slot) * 8;
    context.beginPath();
    context.arc(width / 2 + sway, height * 0.42, height * 0.17, 0, 7);
    context.fill();
    context.fillStyle = `hsl(${hue} 30% 32%)`;
    context.beginPath();
    context.ellipse(width / 2 + sway / 2, height * 1.02, height * 0.36, height * 0.4, 0, 0, 7);
    context.fill();
  };

  for (let slot = 0; slot < slots; slot++) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [320, 180];
    setInterval(() => draw(canvas, slot), 200);
    draw(canvas, slot);
    const [picture] = canvas.captureStream(5).getVideoTracks();
    const tone = audio.createOscillator();
    tone.frequency.value = 220 + slot * 55;
    const out = audio.createMediaStreamDestination();
    tone.connect(out);
    tone.start();
    const [heard] = out.stream.getAudioTracks();
    if (picture && heard) {
      video.push(picture);
      sound.push(heard);
    }
  }

  const own = window as unknown as PlayerWindow;
  own.hangUp = () => peers.splice(0).forEach((peer) => peer.close());
  own.answerOffer = async (offer, used) => {
    const peer = new RTCPeerConnection({ iceServers: [] });
    peers.push(peer);
    await peer.setRemoteDescription({ type: "offer", sdp: offer });
    const lines = { video: 0, audio: 0 };
    for (const transceiver of peer.getTransceivers()) {
      const kind = transceiver.receiver.track.kind as "video" | "audio";
      const slot = lines[kind]++;
      if (slot < used) await transceiver.sender.replaceTrack((kind === "video" ? video : sound)[slot] ?? null);
      transceiver.direction = "sendonly";
    }
    await peer.setLocalDescription();
    while (peer.iceGatheringState !== "complete") {
      await new Promise((resolve) => peer.addEventListener("icegatheringstatechange", resolve, { once: true }));
    }
    return peer.localDescription?.sdp ?? "";
  };
}
