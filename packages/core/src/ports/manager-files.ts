/** The manager's own marks in the work-dir, off the main thread; each may take as long as a hung file system takes. */
export interface ManagerFiles {
  /** The highest epoch that any manager ever took, read anew. */
  highestEpoch(): Promise<number>;
  /** Overwrites the manager's counter, by which a second manager on another host sees that this one lives. */
  writeCounter(counter: number): Promise<void>;
}
