import type { ImageName } from '../model/pulled-image.ts';
import type { ShapeQueue } from '../model/snapshot.ts';

/** Which images runs may start from. One that nothing is known of is not there: nodes cost from their first second. */
export class ImageBook {
  readonly #ready = new Set<ImageName>();
  readonly #waiting = new Map<ImageName, string>();
  readonly #shapes: () => readonly ShapeQueue[];

  /** `shapes` are those of all ready runs. */
  constructor(shapes: () => readonly ShapeQueue[]) {
    this.#shapes = shapes;
  }

  /** Why runs wait for images, by image. */
  get waiting(): ReadonlyMap<ImageName, string> {
    return this.#waiting;
  }

  /** Answers whether runs may start that had to wait. */
  note({ image, because }: { readonly image: ImageName; readonly because: string | null }): boolean {
    if (because === null) {
      this.#ready.add(image);
      this.#waiting.delete(image);
      return true;
    }
    this.#ready.delete(image);
    this.#waiting.set(image, because);
    return false;
  }

  /** Why a run with this image has to wait; null when it need not. */
  waitFor(image: ImageName | null): string | null {
    if (image === null || this.#ready.has(image)) return null;
    return this.#waiting.get(image) ?? 'it was not looked for yet';
  }

  /** Shapes of ready runs whose image is there. */
  get startable(): readonly ShapeQueue[] {
    return this.#shapes().filter(({ shape }) => this.waitFor(shape.image) === null);
  }

  /** Images that ready runs need and that are not there, each once. */
  get missing(): readonly ImageName[] {
    return [...new Set(this.#shapes().flatMap(({ shape }) => (this.waitFor(shape.image) === null ? [] : (shape.image ?? []))))];
  }
}
