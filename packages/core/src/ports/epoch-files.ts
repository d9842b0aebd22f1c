/** What a manager wrote about itself. */
export interface LeftManager {
  readonly host: string;
  readonly pid: number;
  readonly epoch: number;
  /** It noted its orderly end. */
  readonly hasEnded: boolean;
}

/** The manager that signed last, and what this host knows about its process. */
export interface FoundManager {
  readonly left: LeftManager;
  readonly isOfThisBoot: boolean;
  /** Its process lives; false also where that cannot be known because it is of another host or boot. */
  readonly isAlive: boolean;
}

/** The marks by which managers of one work-dir know each other; each call may take as long as a hung file system takes. */
export interface EpochFiles {
  /** Null when no manager ever signed. */
  leftManager(): Promise<FoundManager | null>;
  /** The counter of the manager that lives, as one number that changes with every overwrite; null when there is none. */
  readCounter(): Promise<number | null>;
  /** Creates this epoch, exclusively; false when it exists. The server of the file system decides, no cache does. */
  createEpoch(epoch: number): Promise<boolean>;
  /** The highest epoch that exists, read anew, which may still be as old as the caches are. */
  highestEpoch(): Promise<number>;
  /** Signs with this process as the manager of `epoch`, or with its orderly end. */
  sign(epoch: number, hasEnded: boolean): Promise<void>;
}
