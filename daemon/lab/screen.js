// What the lab looks at in a room's page. It is put into the page once, as window.lab.
window.lab ??= (() => {
  // Components keep their parts in shadow roots, so a look-up goes through all of them.
  const all = (selector, root = document) => [
    ...root.querySelectorAll(selector),
    ...[...root.querySelectorAll("*")].flatMap((e) => (e.shadowRoot ? all(selector, e.shadowRoot) : [])),
  ];
  const one = (selector) => all(selector)[0];

  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  const video = (person) => all("video").find((v) => v.dataset.person === person);

  // The age in milliseconds of the picture that a video shows now, by its time code; null where there is none.
  const canvas = new OffscreenCanvas(1, 1);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const age = (v, { bits, square, x, y }) => {
    const k = v.videoHeight / 720;
    canvas.width = bits;
    canvas.height = 1;
    pen.imageSmoothingEnabled = false;
    const side = square * k;
    pen.drawImage(v, x * k + side / 2 - 0.5, y * k + side / 2, side * bits, 1, 0, 0, bits, 1);
    const shown = Date.now() % 2 ** bits;
    const pixels = pen.getImageData(0, 0, bits, 1).data;
    let code = 0;
    for (let i = 0; i < bits; i++) code += pixels[4 * i] > 128 ? 2 ** i : 0;
    const ms = (shown - code + 2 ** bits) % 2 ** bits;
    return ms < 10_000 ? ms : null;
  };

  // Waits for three further pictures of a person, each with nothing but colours between two along its upper edge. Black, what
  // decoders show of nothing, and noise are not of them.
  const awaitLook = async (person, from, to) => {
    for (let right = 0; right < 3; ) {
      const v = video(person);
      if (!v?.videoWidth) {
        await pause(50);
        continue;
      }
      await new Promise((next) => v.requestVideoFrameCallback(next));
      canvas.width = 8;
      canvas.height = 1;
      pen.drawImage(v, 0, v.videoHeight * 0.1, v.videoWidth, 2, 0, 0, 8, 1);
      const { data } = pen.getImageData(0, 0, 8, 1);
      const near = 25; // what coding does to a colour
      const between = (value, a, b) => value >= Math.min(a, b) - near && value <= Math.max(a, b) + near;
      if (data.every((value, i) => i % 4 === 3 || between(value, from[i % 4], to[i % 4]))) right++;
    }
    return true;
  };

  // What the page has decoded so far, of all that it plays.
  const decoded = async () => {
    let frames = 0;
    let energy = 0;
    for (const s of (await window.greenroom.peer.getStats()).values()) {
      if (s.type !== "inbound-rtp") continue;
      frames += s.framesDecoded ?? 0;
      energy += s.totalAudioEnergy ?? 0;
    }
    return { frames, energy };
  };

  // Watches one person's tile until it has looked for long enough.
  const watch = async (person, timeCode, enough) => {
    const v = video(person);
    if (!v) throw new Error(`the screen has no picture of ${person}`);
    const ages = [];
    let shown = 0;
    let watching = true;
    const each = () => {
      if (!watching) return;
      // Reading a picture back costs more than drawing it, so only some are.
      if (shown++ % 5 === 0) {
        const a = age(v, timeCode);
        if (a !== null) ages.push(a);
      }
      v.requestVideoFrameCallback(each);
    };
    v.requestVideoFrameCallback(each);
    const before = await decoded();
    const began = performance.now();
    for (;;) {
      const now = await decoded();
      const seen = { frames: now.frames - before.frames, shown, ages, energy: now.energy - before.energy };
      watching = !enough(seen, performance.now() - began);
      if (!watching) return seen;
      await pause(50);
    }
  };

  // For a time in milliseconds, and until so many pictures and some sound were decoded and the age of some pictures is known.
  const watchFor = (person, timeCode, ms) => watch(person, timeCode, (_, passed) => passed >= ms);
  const watchUntil = (person, timeCode, frames, ages) =>
    watch(person, timeCode, (seen) => seen.frames >= frames && seen.ages.length >= ages && seen.energy > 0);

  // Waits until a person's picture has vertical bars as vivid draws them: white, yellow, cyan, green, magenta, red, blue.
  const bars = [0b111, 0b110, 0b011, 0b010, 0b101, 0b100, 0b001];
  const awaitBars = async (person) => {
    for (;;) {
      const v = video(person);
      if (v?.videoWidth) {
        canvas.width = 8;
        canvas.height = 1;
        // Below the middle, where the driver writes nothing over its bars.
        pen.drawImage(v, 0, v.videoHeight * 0.8, v.videoWidth, 2, 0, 0, 8, 1);
        const { data } = pen.getImageData(0, 0, 8, 1);
        const seen = bars.map((_, i) => [0, 1, 2].reduce((n, c) => 2 * n + (data[4 * i + c] > 110 ? 1 : 0), 0));
        if (seen.every((colour, i) => colour === bars[i])) return true;
      }
      await pause(50);
    }
  };

  // Whether the middle of a video's picture has about that much red and blue.
  const isColour = (v, red, blue) => {
    if (!v?.videoWidth) return false;
    canvas.width = 1;
    canvas.height = 1;
    pen.drawImage(v, v.videoWidth / 2, v.videoHeight / 2, 1, 1, 0, 0, 1, 1);
    const [r, , b] = pen.getImageData(0, 0, 1, 1).data;
    return Math.abs(r - red) < 40 && Math.abs(b - blue) < 40;
  };

  // How light a video's picture is on the whole, 0 to 255; -1: there is none.
  const light = (v) => {
    if (!v?.videoWidth) return -1;
    canvas.width = 16;
    canvas.height = 9;
    pen.drawImage(v, 0, 0, 16, 9);
    const { data } = pen.getImageData(0, 0, 16, 9);
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum += data[i] + data[i + 1] + data[i + 2];
    return (sum * 4) / data.length / 3;
  };

  // Waits until the page plays a tone of about so many hertz, and says which it is.
  const awaitTone = async (wanted) => {
    const context = new AudioContext();
    await context.resume();
    const meters = all("audio").map((player) => {
      const meter = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
      context.createMediaStreamSource(player.srcObject).connect(meter);
      return meter;
    });
    const spectrum = new Float32Array(4096);
    for (;;) {
      for (const meter of meters) {
        meter.getFloatFrequencyData(spectrum);
        const loudest = spectrum.reduce((best, level, i) => (level > spectrum[best] ? i : best), 0);
        const hertz = (loudest * context.sampleRate) / meter.fftSize;
        if (spectrum[loudest] > -60 && Math.abs(hertz - wanted) < 30) {
          await context.close();
          return hertz;
        }
      }
      await pause(50);
    }
  };

  return { all, one, video, watchFor, watchUntil, awaitLook, awaitBars, isColour, light, awaitTone };
})();
