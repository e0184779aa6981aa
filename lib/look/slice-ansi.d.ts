/** What is used of it: it brings no types. */
declare module 'slice-ansi' {
  function sliceAnsi(text: string, begin: number, end?: number): string;
  export = sliceAnsi;
}
