/** Tone is one note: hertz, when it begins and how long it lasts in seconds, and how loud (0 to 1). */
interface Tone {
  pitch: number;
  at: number;
  length: number;
  gain: number;
}

const knockTones: Tone[] = [
  { pitch: 660, at: 0, length: 0.22, gain: 0.25 },
  { pitch: 880, at: 0.18, length: 0.4, gain: 0.25 },
];

const ringTones: Tone[] = [0, 0.5].flatMap((at) => [
  { pitch: 523, at, length: 0.35, gain: 0.22 },
  { pitch: 784, at: at + 0.12, length: 0.35, gain: 0.18 },
]);

const ringEvery = 2_500;
// A browser that wants a touch first plays nothing: a sound that comes minutes later would only startle.
const patience = 300;

/** Chime plays the pages' own sounds, made by the browser: no file is fetched. */
export class Chime {
  private audio: AudioContext | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;

  /** knock tells once that somebody waits. */
  knock(): void {
    void this.play(knockTones);
  }

  /** ring rings until it is told to stop. */
  ring(on: boolean): void {
    if (on === (this.timer !== undefined)) return;
    clearInterval(this.timer);
    this.timer = undefined;
    if (!on) return;
    void this.play(ringTones);
    this.timer = setInterval(() => void this.play(ringTones), ringEvery);
  }

  /** unlock is for the first touch: from then on a browser that waited for one plays sounds. */
  unlock(): void {
    if (this.context().state === "suspended") void this.context().resume();
  }

  private context(): AudioContext {
    this.audio ??= new AudioContext();
    return this.audio;
  }

  private async play(tones: readonly Tone[]): Promise<void> {
    const audio = this.context();
    if (audio.state !== "running") {
      await Promise.race([audio.resume(), new Promise((resolve) => setTimeout(resolve, patience))]);
    }
    if (audio.state !== "running") return;
    for (const tone of tones) sound(audio, tone);
  }
}

function sound(audio: AudioContext, { pitch, at, length, gain }: Tone): void {
  const begin = audio.currentTime + at;
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = pitch;
  // A soft start and a long end: no clicks.
  volume.gain.setValueAtTime(0, begin);
  volume.gain.linearRampToValueAtTime(gain, begin + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, begin + length);
  tone.connect(volume).connect(audio.destination);
  tone.start(begin);
  tone.stop(begin + length);
}
