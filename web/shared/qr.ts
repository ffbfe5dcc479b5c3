import { html, type TemplateResult } from "lit";
import { encode } from "uqr";

/** qrPath is the dark modules of a text's QR code as an SVG path of unit squares, and the code's width in modules. */
export function qrPath(text: string): { path: string; size: number } {
  // A display has no dirt and no folds; fewer modules are larger ones, which a phone reads from farther away.
  const { data, size } = encode(text, { ecc: "M", border: 0 });
  let path = "";
  data.forEach((row, y) => {
    for (let x = 0; x < size; x++) {
      if (!row[x]) continue;
      const start = x;
      while (x + 1 < size && row[x + 1]) x++;
      path += `M${start} ${y}h${x + 1 - start}v1h-${x + 1 - start}z`;
    }
  });
  return { path, size };
}

// The quiet zone that the QR standard asks for, in modules.
const quiet = 4;

/** qrCode draws a text's QR code, dark on white as every reader expects, with its quiet zone. */
export function qrCode(text: string, label: string): TemplateResult {
  const { path, size } = qrPath(text);
  const box = `${-quiet} ${-quiet} ${size + 2 * quiet} ${size + 2 * quiet}`;
  return html`<svg class="qr" viewBox=${box} role="img" aria-label=${label} data-qr=${text} shape-rendering="crispEdges">
    <path d=${path} />
  </svg>`;
}
