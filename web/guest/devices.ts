/** Devices are this browser's camera and microphone, and how loud it is. */
export class Devices {
  camera: MediaStreamTrack | null = null;
  microphone: MediaStreamTrack | null = null;
  /** Why there is none: the name of the browser's error; empty while there is one. */
  cameraFault = "";
  microphoneFault = "";
  list: MediaDeviceInfo[] = [];
  /** From 0 to 1. */
  level = 0;
  private audio: AudioContext | null = null;
  private frame = 0;

  constructor(private readonly changed: () => void) {}

  /** open asks for both, and makes do with one. */
  async open(): Promise<void> {
    await Promise.all([this.openOne("camera"), this.openOne("microphone")]);
    this.list = await navigator.mediaDevices.enumerateDevices().catch(() => []);
    this.changed();
  }

  /** choose takes another device of a kind. */
  async choose(kind: "camera" | "microphone", id: string): Promise<void> {
    this[kind]?.stop();
    this[kind] = null;
    await this.openOne(kind, id);
    this.changed();
  }

  private async openOne(kind: "camera" | "microphone", id?: string): Promise<void> {
    const which = id ? { deviceId: { exact: id } } : {};
    const wanted: MediaStreamConstraints =
      kind === "camera"
        ? { video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 }, ...which } }
        : { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...which } };
    let fault = "";
    try {
      const stream = await navigator.mediaDevices.getUserMedia(wanted);
      this[kind] = stream.getTracks()[0] ?? null;
      if (kind === "microphone") this.listen();
    } catch (error) {
      fault = error instanceof DOMException ? error.name : "Error";
    }
    if (kind === "camera") this.cameraFault = fault;
    else this.microphoneFault = fault;
    this.changed();
  }

  private listen(): void {
    this.quiet();
    if (!this.microphone) return;
    this.audio = new AudioContext();
    const analyser = this.audio.createAnalyser();
    analyser.fftSize = 512;
    this.audio.createMediaStreamSource(new MediaStream([this.microphone])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let last = 0;
    const look = (now: number): void => {
      this.frame = requestAnimationFrame(look);
      if (now - last < 100) return;
      last = now;
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      // From -60 dBFS to -10 dBFS.
      this.level = Math.min(1, Math.max(0, (10 * Math.log10(power + 1e-9) + 60) / 50));
      this.changed();
    };
    this.frame = requestAnimationFrame(look);
  }

  /** quiet stops looking at the level: in the meeting nobody needs it. */
  quiet(): void {
    cancelAnimationFrame(this.frame);
    void this.audio?.close();
    this.audio = null;
    this.level = 0;
  }

  close(): void {
    this.quiet();
    this.camera?.stop();
    this.microphone?.stop();
    this.camera = this.microphone = null;
  }
}
