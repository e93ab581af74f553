// Finds the pictures that results name, in a folder that a person gives.

/** Files by their path below the chosen folder. */
export type Folder = ReadonlyMap<string, File>;

export function folderOf(files: Iterable<File>): Folder {
  const below = (file: File) => (file.webkitRelativePath || file.name).split("/").slice(file.webkitRelativePath ? 1 : 0).join("/");
  return new Map([...files].map((file) => [below(file), file]));
}

/** The file that `image` names: by its path below the folder, else by the longest end of the path that only one file has. */
export function pictureIn(folder: Folder, image: string): File | undefined {
  const parts = image.split(/[/\\]/).filter((part) => part !== "" && part !== ".");
  const exact = folder.get(parts.join("/"));
  if (exact) return exact;
  // The folder may be one above or below the one that the results speak of.
  for (let from = 0; from < parts.length; from++) {
    const end = parts.slice(from).join("/");
    const found = [...folder].filter(([path]) => path === end || path.endsWith(`/${end}`));
    if (found.length === 1) return found[0]![1];
    if (found.length > 1) return undefined;
  }
  return undefined;
}
