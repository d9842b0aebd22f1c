import type { Clock, ImageName, ImagePort, Timer } from '@juqueue/core';
import { WorkerCalls, workerFile } from '@juqueue/core';
import type { ImageFunctions, PulledImage } from './images-worker.ts';

/** A registry that did not answer is asked again by itself, as long as runs wait. */
const retryMs = 5 * 60_000;

export interface ImageView {
  readonly name: ImageName;
  readonly state: 'ready' | 'pulling' | 'failed';
  readonly pulledAtMs: number | null;
  readonly bytes: number | null;
  /** Of a failed one: why. Of a ready one: why it could not be refreshed. */
  readonly trouble: string | null;
}

/** The images of a work-dir: each is pulled once, by the manager, before nodes are asked for. */
export class ImageCache implements ImagePort, AsyncDisposable {
  readonly #worker: WorkerCalls<ImageFunctions>;
  readonly #clock: Clock;
  readonly #tell: (sentence: string) => void;
  readonly #images = new Map<ImageName, ImageView>();
  readonly #underWay = new Map<ImageName, Promise<void>>();
  readonly #retries = new Set<Timer>();
  #listener: (image: ImageName, because: string | null) => void = () => undefined;
  #isClosed = false;

  constructor(workDir: string, clock: Clock, tell: (sentence: string) => void) {
    this.#worker = new WorkerCalls(workerFile('images-worker', import.meta.url), { workDir });
    this.#clock = clock;
    this.#tell = tell;
  }

  onChange(listener: (image: ImageName, because: string | null) => void): void {
    this.#listener = listener;
  }

  /** All that were wanted since the start. */
  get views(): readonly ImageView[] {
    return [...this.#images.values()];
  }

  want(images: readonly ImageName[]): void {
    for (const image of images) if (!this.#images.has(image)) void this.#do(image, false);
  }

  /** Pulls these anew, or all; resolves when it is done. Runs go on with the images that are there meanwhile. */
  async update(images: readonly ImageName[] | null): Promise<void> {
    await Promise.all((images ?? [...this.#images.keys()]).map((image) => this.#do(image, true)));
  }

  #do(image: ImageName, isRefresh: boolean): Promise<void> {
    const under = this.#underWay.get(image);
    if (under !== undefined) return under;
    const done = this.#make(image, isRefresh).finally(() => this.#underWay.delete(image));
    this.#underWay.set(image, done);
    return done;
  }

  async #make(image: ImageName, isRefresh: boolean): Promise<void> {
    if (!isRefresh || this.#images.get(image)?.state !== 'ready')
      this.#set(image, { state: 'pulling', pulledAtMs: null, bytes: null, trouble: null });
    const found = await this.#ask('look', image);
    if (found.pulledAtMs !== null && !isRefresh) {
      this.#set(image, { state: 'ready', ...found });
      return;
    }
    this.#tell(`The image ${image} is being pulled.`);
    const pulled = await this.#ask('pull', image);
    if (this.#isClosed) return;
    if (pulled.pulledAtMs !== null) {
      this.#tell(
        pulled.trouble === null
          ? `The image ${image} is there.`
          : `The image ${image} could not be pulled anew (${pulled.trouble}); runs go on with the one that is there.`,
      );
      this.#set(image, { state: 'ready', ...pulled });
      return;
    }
    this.#tell(
      `The image ${image} cannot be pulled: ${pulled.trouble ?? 'no reason was given'}. Its runs wait; it is tried again in ${retryMs / 60_000} minutes.`,
    );
    this.#set(image, { state: 'failed', ...pulled });
    const timer = this.#clock.after(retryMs, () => {
      this.#retries.delete(timer);
      void this.#do(image, false);
    });
    this.#retries.add(timer);
  }

  async #ask(what: 'look' | 'pull', image: ImageName): Promise<PulledImage> {
    try {
      return await this.#worker.call(what, image);
    } catch (error) {
      return { pulledAtMs: null, bytes: null, trouble: error instanceof Error ? error.message : String(error) };
    }
  }

  #set(name: ImageName, view: Omit<ImageView, 'name'>): void {
    this.#images.set(name, { name, ...view });
    this.#listener(name, waitOf(view));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#retries) timer.cancel();
    await this.#worker[Symbol.asyncDispose]();
  }
}

function waitOf({ state, trouble }: Pick<ImageView, 'state' | 'trouble'>): string | null {
  switch (state) {
    case 'ready':
      return null;
    case 'pulling':
      return 'it is being pulled';
    case 'failed':
      return `it cannot be pulled: ${trouble ?? 'no reason was given'}`;
  }
}
