/** Whether the machine's numbers begin with their lowest byte: a DataView has to be told. */
export const LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
