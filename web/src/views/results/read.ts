// Reads a results file piece by piece: the page answers meanwhile, and no line is held longer than it takes to read it.
import { isRow, rowOf, type Expected, type Row } from "./row";

export interface Read {
  rows: Row[];
  bad: Bad[];
}

/** A line that is no result. */
export interface Bad {
  line: number;
  expected: Expected;
}

const NEWLINE = 10;
/** So long a picture of the page stays the same while lines are read, ms. */
const TURN = 30;

/**
 * Reads all lines of `file`; `progress` is told the share that is read and what there is of it, about every third of a
 * second. Stops when `signal` says so.
 */
export async function readResults(
  file: Blob,
  progress: (share: number, read: Read) => void,
  signal?: AbortSignal,
): Promise<Read> {
  const read: Read = { rows: [], bad: [] };
  const decoder = new TextDecoder();
  let [number, offset, rest] = [0, 0, new Uint8Array(0)];
  const take = (bytes: Uint8Array, from: number) => {
    number += 1;
    const text = decoder.decode(bytes);
    if (text.trim() === "") return;
    const row = rowOf(text, number, from, from + bytes.length);
    if (isRow(row)) read.rows.push(row);
    else read.bad.push({ line: number, expected: row });
  };
  let [told, turned] = [performance.now(), performance.now()];
  const reader = (file.stream() as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done || signal?.aborted) break;
    const bytes = joined(rest, value);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      take(bytes.subarray(start, end), offset + start);
      start = end + 1;
      const now = performance.now();
      if (now - turned > TURN) {
        if (now - told > 300) {
          progress((offset + start) / file.size, read);
          told = now;
        }
        await new Promise((resume) => setTimeout(resume));
        turned = performance.now();
      }
    }
    rest = bytes.slice(start);
    offset += start;
  }
  if (signal?.aborted) await reader.cancel();
  else if (rest.length > 0) take(rest, offset);
  return read;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** The whole line of a row, as it stands in the file. */
export async function lineOf(file: Blob, row: Row): Promise<string> {
  return await file.slice(row.from, row.to).text();
}
