/**
 * The manager's own marks in the work-dir, off the main thread. `confirmEpoch` answers whether no higher epoch exists;
 * it may take as long as a hung file system takes, and until it answers nothing is committed.
 */
export interface ManagerFiles {
  confirmEpoch(): Promise<boolean>;
  /** Overwrites the manager's counter, by which a second manager on another host sees that this one lives. */
  writeCounter(counter: number): Promise<void>;
}
