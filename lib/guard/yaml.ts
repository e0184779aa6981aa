/** The parser of YAML, in one place. */
export { isMap, isScalar, LineCounter, type Node, type ParsedNode, parseDocument, stringify } from 'yaml';
