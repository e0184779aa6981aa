export interface Block {
  readonly page: string;
  readonly line: number;
  readonly code: string;
  /** Whether it is run, besides being compiled. */
  readonly runs: boolean;
}
export const ROOT: string;
export const GIVEN: string;
export function pages(): string[];
export function blocksOf(page: string): Block[];
export function completed(code: string): { prelude: string; given: string[] };
