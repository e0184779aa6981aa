/** schema/guard.json: what the guard's file may say. */
import { guardSchema } from '../lib/guard/config';

process.stdout.write(`${JSON.stringify(guardSchema, undefined, 2)}\n`);
