/** What is used of it; @types/progress would bring the types of another Node. */
declare module 'progress' {
  class ProgressBar {
    readonly curr: number;
    constructor(
      format: string,
      options: {
        readonly total: number;
        readonly width: number;
        readonly incomplete: string;
        readonly stream: NodeJS.WritableStream;
        readonly clear: boolean;
        readonly renderThrottle: number;
      },
    );
    tick(by: number, tokens: Readonly<Record<string, string>>): void;
    terminate(): void;
  }
  export = ProgressBar;
}
