import { expect, test } from "vitest";
import { folderOf, pictureIn } from "./pictures";

function file(path: string): File {
  const made = new File([], path.split("/").at(-1)!);
  Object.defineProperty(made, "webkitRelativePath", { value: path });
  return made;
}

test("a_picture_is_found_by_its_path_or_by_the_end_of_it_that_one_file_only_has", () => {
  const folder = folderOf(["shots/a.png", "shots/x/b.png", "shots/y/b.png", "shots/y/c.png"].map(file));
  expect(pictureIn(folder, "a.png")?.webkitRelativePath).toBe("shots/a.png");
  expect(pictureIn(folder, "./x/b.png")?.webkitRelativePath).toBe("shots/x/b.png");
  expect(pictureIn(folder, "other/y/c.png")?.webkitRelativePath).toBe("shots/y/c.png");
  expect(pictureIn(folder, "b.png")).toBeUndefined();
  expect(pictureIn(folder, "d.png")).toBeUndefined();
});
