// Pictures that a person has picked.
import { PageTrouble } from "../api/trouble";

/** A picture in its file's bytes, with what is needed to show it; sizes in pixels. */
export interface PickedPicture {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** An object URL; release it with `release` when the picture is no longer shown. */
  url: string;
  width: number;
  height: number;
}

/** What the shipped gateway takes at most, in bytes; one that takes less says so itself. */
export const mostBytes = 32 * 1024 * 1024;

// By their first bytes: a file's name and type are only what somebody says of it.
const starts: [string, (bytes: Uint8Array) => boolean][] = [
  ["image/png", (b) => b[0] === 0x89 && b[1] === 0x50],
  ["image/jpeg", (b) => b[0] === 0xff && b[1] === 0xd8],
  ["image/gif", (b) => b[0] === 0x47 && b[1] === 0x49 && b[2] === 0x46],
  ["image/bmp", (b) => b[0] === 0x42 && b[1] === 0x4d],
  ["image/webp", (b) => b[0] === 0x52 && b[8] === 0x57 && b[9] === 0x45 && b[10] === 0x42],
];

/** The file as a picture; throws a PageTrouble where it is too large, of another type or damaged. */
export async function pick(file: File): Promise<PickedPicture> {
  if (file.size > mostBytes) {
    throw new PageTrouble({ kind: "tooLarge", detail: `${file.name}: ${file.size} bytes, at most ${mostBytes}` });
  }
  const bytes = new Uint8Array(await file.arrayBuffer());
  const type = starts.find(([, fits]) => fits(bytes))?.[0];
  if (!type) throw new PageTrouble({ kind: "wrongType", detail: file.name });
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    return { name: file.name, bytes, url, width: image.naturalWidth, height: image.naturalHeight };
  } catch {
    URL.revokeObjectURL(url);
    throw new PageTrouble({ kind: "wrongType", detail: file.name });
  }
}

/** Lets go of the memory behind a picture that is no longer shown. */
export const release = (picture: PickedPicture | null): void => {
  if (picture) URL.revokeObjectURL(picture.url);
};
