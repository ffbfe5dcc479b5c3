import { noChange } from "lit";
import { Directive, directive, type ElementPart } from "lit/directive.js";

/**
 * source gives a media element its stream: `<video ${source(stream)}>`. A property binding would set an object again at
 * each rendering, and each setting of srcObject, even of the same stream, makes the element begin anew.
 */
class Source extends Directive {
  override render(_stream: MediaStream | null): unknown {
    return noChange;
  }

  override update(part: ElementPart, [stream]: [MediaStream | null]): unknown {
    const media = part.element as HTMLMediaElement;
    if (media.srcObject !== stream) media.srcObject = stream;
    return noChange;
  }
}

export const source = directive(Source);
