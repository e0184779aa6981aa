/** Changes of tables by anybody, and the end of the place that they are in. */
import { statSync } from 'node:fs';
import type { Backend } from '../backend/backend';
import { type Observation, type Observer, observe } from '../backend/observe';
import type { TableName } from '../codec/extension';
import { told } from '../commit/failure';

/** Tells of changes of these tables, whoever makes them; of what fails as an IptcError. */
export function observed(backend: Backend, tables: readonly TableName[], { changed, failed }: Observer): Observation {
  const attempt = { operation: 'watch the tables', family: backend.family };
  try {
    const observation = observe(backend, tables, { changed, failed: (error) => failed(told(error, attempt)) });
    return {
      close: () => observation.close(),
      drain: () => observation.drain?.(),
      rebase: async () => {
        await observation.rebase?.().catch((error: unknown) => {
          throw told(error, attempt);
        });
      },
    };
  } catch (error) {
    throw told(error, attempt);
  }
}

/** The path that a namespace was given by, if that isn't its any more: it may come to stand for another, or for none. */
export function lostPath(given: unknown, namespace: string): string | undefined {
  if (typeof given !== 'string' || given === 'new') return undefined;
  return isNamespace(given, namespace) ? undefined : given;
}
function isNamespace(path: string, namespace: string): boolean {
  try {
    const [given, own] = [statSync(path), statSync(namespace)];
    return given.dev === own.dev && given.ino === own.ino;
  } catch {
    return false;
  }
}
