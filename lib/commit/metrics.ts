/** What a firewall has done, for anyone to read. Counts since it was opened; times in microseconds. */
import type { Timing } from '../backend/backend';

export class Metrics {
  /** Edits issued. */
  edits = 0;
  /** Commits that reached the kernel. */
  commits = 0;
  /** Edits that were in them. */
  committedEdits = 0;
  /** Times that a refused batch was divided. */
  splits = 0;
  /** Restores that are under way: between two of their tables there is half of them. */
  restoring = 0;
  /** Waiting for the xtables lock. */
  lockWait = 0;
  /** Reading tables, editing the copy, writing tables. */
  read = 0;
  edit = 0;
  commit = 0;

  /** @internal */
  committed(edits: number, timing: Timing): void {
    this.commits++;
    this.committedEdits += edits;
    this.lockWait += timing.lockWait;
    this.read += timing.read;
    this.edit += timing.edit;
    this.commit += timing.commit;
  }
}
