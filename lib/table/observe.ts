/** Changes of tables by anybody, and the end of the place that they are in. */
import { statSync } from 'node:fs';
import type { Backend } from '../backend/backend';
import { type Observation, type Observer, observe } from '../backend/observe';
import type { TableName } from '../codec/extension';
import { isBackendFailure, toIptcError } from '../commit/failure';

/** Tells of changes of these tables, whoever makes them; of what fails as an IptcError. */
export function observed(backend: Backend, tables: readonly TableName[], { changed, failed }: Observer): Observation {
  const told = (error: unknown) =>
    isBackendFailure(error) ? toIptcError(error, { operation: 'watch the tables', family: backend.family }) : error;
  try {
    const observation = observe(backend, tables, { changed, failed: (error) => failed(told(error)) });
    return {
      close: () => observation.close(),
      drain: () => observation.drain?.(),
      rebase: async () => {
        await observation.rebase?.().catch((error: unknown) => {
          throw told(error);
        });
      },
    };
  } catch (error) {
    throw told(error);
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
