//! A folder of pictures, each with its prompt in a text file beside it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{Row, usage};
use crate::error::CliError;

const PICTURES: [&str; 8] = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"];

/// Every picture in `folder` and the folders in it, by path. `prompt` is that of all; without it, `cat.png` has its
/// prompt in `cat.txt`. Names that begin with a dot are passed over, and links to folders are not followed.
pub fn read(folder: &Path, prompt: Option<&str>) -> Result<Vec<Row>, CliError> {
    let mut paths = Vec::new();
    collect(folder, &mut paths)?;
    paths.sort();
    if paths.is_empty() {
        return Err(usage(folder, &format!("expected pictures (.{}), found none", PICTURES.join(", ."))));
    }
    Ok(paths.into_iter().map(|path| row(path, folder, prompt)).collect())
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), CliError> {
    let failed = |error| CliError::io("listing", folder, error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type().map_err(failed)?.is_dir() {
            collect(&path, paths)?;
        } else if is_picture(&path) && !path.is_dir() {
            paths.push(path);
        }
    }
    Ok(())
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| PICTURES.contains(&ending.as_str()))
}

fn row(path: PathBuf, folder: &Path, prompt: Option<&str>) -> Row {
    let relative = path.strip_prefix(folder).unwrap_or(&path);
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    let image = parts.join("/");
    let prompt = prompt.map_or_else(|| beside(&path), |prompt| Ok(prompt.to_owned()));
    let fault = prompt.as_ref().err().map(|why| format!("{image} has no prompt: {why}"));
    Row { image, path, prompt: prompt.unwrap_or_default(), fault, ..Row::default() }
}

/// The prompt in the text file beside a picture.
fn beside(picture: &Path) -> Result<String, String> {
    let file = picture.with_extension("txt");
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let text = fs::read_to_string(&file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            format!("expected it in {name} beside the picture, or --prompt for all; there is no such file")
        }
        std::io::ErrorKind::InvalidData => format!("{name} is not UTF-8 text"),
        _ => format!("reading {name}: {error}"),
    })?;
    let prompt = text.trim_start_matches('\u{feff}').trim();
    if prompt.is_empty() { Err(format!("{name} is empty")) } else { Ok(prompt.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        folder
    }

    #[test]
    fn pictures_of_all_folders_come_by_path_with_the_prompt_beside_them() {
        let folder = folder(&[
            ("b.png", b""),
            ("b.txt", "\u{feff}a dog\n".as_bytes()),
            ("a/c.JPEG", b""),
            ("a/c.txt", b"a cat,\nasleep"),
            ("a/notes.md", b""),
            ("a/.hidden.png", b""),
        ]);
        let rows = read(folder.path(), None).unwrap();
        let told: Vec<_> = rows.iter().map(|row| (row.image.as_str(), row.prompt.as_str(), &row.fault)).collect();
        assert_eq!(told, [("a/c.JPEG", "a cat,\nasleep", &None), ("b.png", "a dog", &None)]);
        assert_eq!(rows[0].path, folder.path().join("a/c.JPEG"));
    }

    #[test]
    fn one_prompt_for_all_takes_the_place_of_the_files() {
        let folder = folder(&[("a.png", b""), ("a.txt", b"a dog"), ("b.png", b"")]);
        let rows = read(folder.path(), Some("a cat")).unwrap();
        assert!(rows.iter().all(|row| row.prompt == "a cat" && row.fault.is_none()), "{rows:?}");
    }

    #[test]
    fn a_picture_whose_prompt_cannot_be_read_says_why() {
        let folder = folder(&[("a.png", b""), ("b.png", b""), ("b.txt", b" \n"), ("c.png", b""), ("c.txt", b"\xff")]);
        let faults: Vec<String> =
            read(folder.path(), None).unwrap().into_iter().map(|row| row.fault.unwrap()).collect();
        assert!(faults[0].contains("a.png has no prompt: expected it in a.txt"), "{}", faults[0]);
        assert_eq!(
            faults[1..],
            ["b.png has no prompt: b.txt is empty", "c.png has no prompt: c.txt is not UTF-8 text"]
        );
    }

    #[test]
    fn a_folder_without_pictures_is_refused() {
        let folder = folder(&[("a.txt", b"a cat")]);
        let said = read(folder.path(), None).unwrap_err().to_string();
        assert!(said.contains("expected pictures (.png, .jpg") && said.contains("found none"), "{said}");
    }
}
