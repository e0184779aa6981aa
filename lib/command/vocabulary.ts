/** What the language has words for beside a command's own options: a rule's, and matches and targets by their definitions. */
export type { AnyExtension, Word } from '../codec/extension';
export { matches, registry, targets } from '../extensions/registry';
export { BY_NAME as RULE_OPTIONS } from '../text/options';
