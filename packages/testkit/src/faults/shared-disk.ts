import type { Host } from './host.ts';
import type { SimProcess } from './sim-process.ts';

interface Version {
  readonly atMs: number;
  readonly text: string | null;
}

/** The work-dir as its server has it, with its past: clients may be shown that. */
export class SharedDisk {
  readonly #files = new Map<string, Version[]>();
  /** For how long clients may show the past. */
  readonly cacheMs: number;

  constructor(cacheMs: number) {
    this.cacheMs = cacheMs;
  }

  text(path: string): string | null {
    return this.#files.get(path)?.at(-1)?.text ?? null;
  }

  textAt(path: string, instantMs: number): string | null {
    return this.#files.get(path)?.findLast((version) => version.atMs <= instantMs)?.text ?? null;
  }

  put(path: string, text: string | null, atMs: number): void {
    const versions = this.#files.get(path);
    if (versions === undefined) this.#files.set(path, [{ atMs, text }]);
    else versions.push({ atMs, text });
  }

  pathsBelow(folder: string): readonly string[] {
    return [...this.#files.keys()].filter((path) => path.startsWith(`${folder}/`));
  }
}

/**
 * How a host's client of the file system does.
 *
 * well      answers within milliseconds.
 * hung      answers nothing until it is well again; what was written may have reached the server all the same.
 * refusing  every call is an input/output error.
 * full      calls that need new space fail; overwrites in place and reads do not.
 */
export type DiskState = 'well' | 'hung' | 'refusing' | 'full';

/** What one call does at the server. A `write` needs new space; an `overwrite` in place does not. Neither needs its process to live on. */
export interface DiskCall<T> {
  readonly name: string;
  readonly kind: 'read' | 'overwrite' | 'write';
  readonly run: (view: DiskView) => T;
}

export type DiskAnswer<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'failed'; readonly message: string };

/** One host's way to the work-dir. */
export class DiskClient {
  readonly host: Host;
  readonly disk: SharedDisk;
  #state: DiskState = 'well';
  #pending: (() => void)[] = [];
  /** Up to which instant each file was seen; a client never shows an older state than before. */
  readonly #seen = new Map<string, number>();
  readonly #written = new Set<string>();

  constructor(host: Host, disk: SharedDisk) {
    this.host = host;
    this.disk = disk;
  }

  get state(): DiskState {
    return this.#state;
  }

  become(state: DiskState): void {
    if (state === this.#state) return;
    this.host.timeline.tell(`the work-dir on ${this.host.name} is ${state}`);
    this.#state = state;
    if (state === 'hung') return;
    const pending = this.#pending;
    this.#pending = [];
    for (const arrive of pending) this.host.timeline.after(this.host.dice.between(1, 50), arrive);
  }

  /** The call goes to the server, whatever becomes of the process meanwhile; `answered` is told when an answer is here. */
  send<T>(process: SimProcess, call: DiskCall<T>, answered: (answer: DiskAnswer<T>) => void): void {
    const { timeline, dice } = this.host;
    const beganMs = timeline.nowMs;
    let early: DiskAnswer<T> | null = null;
    const arrive = (): void => {
      if (this.#state === 'hung') {
        // The server has it, and its answer does not come back.
        if (call.kind !== 'read' && early === null && dice.chance(0.3)) early = this.#run(call, beganMs);
        this.#pending.push(arrive);
        return;
      }
      if (!process.isAlive && call.kind === 'read') return;
      if (!process.isAlive && dice.chance(0.5)) return;
      answered(early ?? this.#run(call, beganMs));
    };
    timeline.after(dice.between(1, 20), arrive);
  }

  #run<T>(call: DiskCall<T>, beganMs: number): DiskAnswer<T> {
    if (this.#state === 'refusing') return { kind: 'failed', message: 'EIO: i/o error' };
    if (this.#state === 'full' && call.kind === 'write') return { kind: 'failed', message: 'ENOSPC: no space left on device' };
    return { kind: 'done', value: call.run(new DiskView(this, beganMs)) };
  }

  /** Which state of this file a call that began then is shown now. */
  instantShown(path: string, beganMs: number): number {
    const { timeline, dice } = this.host;
    const cachedMs = this.host.instantAwake(timeline.nowMs - beganMs + this.disk.cacheMs);
    const oldestMs = Math.max(cachedMs, this.#seen.get(path) ?? 0);
    const how = dice.next();
    const shownMs = how < 0.5 ? oldestMs : how < 0.7 ? dice.between(oldestMs, timeline.nowMs) : timeline.nowMs;
    const instantMs = this.disk.cacheMs === 0 ? Math.max(shownMs, beganMs) : shownMs;
    this.#seen.set(path, instantMs);
    return instantMs;
  }

  /** A client's own writes are never the past to it. */
  wrote(path: string): void {
    this.#seen.set(path, this.host.timeline.nowMs);
    this.#written.add(path);
  }

  hasWritten(path: string): boolean {
    return this.#written.has(path);
  }
}

/** The work-dir as one call of one client sees it: its own writes at once, those of others perhaps as they were a while ago. */
export class DiskView {
  readonly #client: DiskClient;
  readonly #beganMs: number;

  constructor(client: DiskClient, beganMs: number) {
    this.#client = client;
    this.#beganMs = beganMs;
  }

  /** Null when there is no such file. */
  read(path: string): string | null {
    return this.#client.disk.textAt(path, this.#client.instantShown(path, this.#beganMs));
  }

  put(path: string, text: string): void {
    this.#client.disk.put(path, text, this.#nowMs);
    this.#client.wrote(path);
  }

  append(path: string, text: string): void {
    this.put(path, (this.#client.disk.text(path) ?? '') + text);
  }

  remove(path: string): void {
    if (this.#client.disk.text(path) === null) return;
    this.#client.disk.put(path, null, this.#nowMs);
    this.#client.wrote(path);
  }

  /** The server decides, not a cache. */
  createExclusively(path: string, text: string): boolean {
    if (this.#client.disk.text(path) !== null) return false;
    this.put(path, text);
    return true;
  }

  /** Names in a folder, as one look that may be of the past. */
  list(folder: string): readonly string[] {
    const instantMs = this.#client.instantShown(folder, this.#beganMs);
    const { disk } = this.#client;
    const ownMs = this.#nowMs;
    return disk
      .pathsBelow(folder)
      .flatMap((path) =>
        disk.textAt(path, this.#client.hasWritten(path) ? ownMs : instantMs) === null ? [] : path.slice(folder.length + 1),
      );
  }

  get #nowMs(): number {
    return this.#client.host.timeline.nowMs;
  }
}

/** A worker thread of a process that does its calls one after the other; one that hangs holds up those behind it. */
export class DiskWorker {
  readonly #process: SimProcess;
  readonly #client: DiskClient;
  readonly #queue: (() => void)[] = [];
  #isBusy = false;

  constructor(process: SimProcess, client: DiskClient) {
    this.#process = process;
    this.#client = client;
  }

  do<T>(call: DiskCall<T>, answered: (answer: DiskAnswer<T>) => void): void {
    this.#queue.push(() => {
      this.#client.send(this.#process, call, (answer) => {
        this.#process.deliver(() => {
          this.#isBusy = false;
          this.#next();
          answered(answer);
        });
      });
    });
    this.#next();
  }

  get isWell(): boolean {
    return this.#client.state === 'well';
  }

  /** Rejects with what the file system says. */
  call<T>(call: DiskCall<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.do(call, (answer) => (answer.kind === 'done' ? resolve(answer.value) : reject(new Error(answer.message))));
    });
  }

  #next(): void {
    if (this.#isBusy) return;
    const begin = this.#queue.shift();
    if (begin === undefined) return;
    this.#isBusy = true;
    begin();
  }
}
