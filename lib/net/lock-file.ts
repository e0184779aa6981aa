/** The file that whoever writes legacy tables locks; and beside it, what else programs tell each other by files. */
export const lockFile = (given?: { readonly path?: string | undefined } | false): string =>
  (given || undefined)?.path ?? (process.env.XTABLES_LOCKFILE || '/run/xtables.lock');
