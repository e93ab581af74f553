//! A CSV file of ratings, and what joins it with results.

use std::collections::{BTreeMap, BTreeSet};

use super::results::{Columns, Scored};

/// All ratings.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Row>,
    /// Whether rows are told apart by their prompts too.
    by_prompt: bool,
}

#[derive(Debug)]
struct Row {
    image: String,
    /// Empty without such a column.
    prompt: String,
    columns: Columns,
}

/// What found no partner, as images.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Alone {
    /// Scored pictures without a row of ratings.
    pub results: Vec<String>,
    /// Rows of ratings without a scored picture.
    pub ratings: Vec<String>,
}

/// An image, or its file's name, with its prompt.
type Key = (String, String);

impl Table {
    /// Reads CSV with a column `image`, perhaps one `prompt`, and others.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let headers: Vec<String> =
            reader.headers().map_err(|e| e.to_string())?.iter().map(|h| h.trim().to_owned()).collect();
        let column = |name: &str| headers.iter().position(|header| header == name);
        let image = column("image").ok_or_else(|| format!("expected a column 'image', got {}", headers.join(", ")))?;
        let prompt = column("prompt");
        let mut table = Self { rows: Vec::new(), by_prompt: prompt.is_some() };
        let mut lines: BTreeMap<Key, u64> = BTreeMap::new();
        for record in reader.records() {
            let record = record.map_err(|e| e.to_string())?;
            let field = |index: usize| record.get(index).unwrap_or_default().trim().to_owned();
            let others = (0..headers.len()).filter(|&index| index != image && Some(index) != prompt);
            let columns = others.map(|index| (headers[index].clone(), field(index))).collect();
            let row = Row { image: field(image), prompt: prompt.map(field).unwrap_or_default(), columns };
            let line = record.position().map_or(0, csv::Position::line);
            if let Some(first) = lines.insert((row.image.clone(), row.prompt.clone()), line) {
                return Err(format!("lines {first} and {line} both rate {}; leave one of them out", row.image));
            }
            table.rows.push(row);
        }
        if table.rows.is_empty() { Err("expected at least one row, got none".into()) } else { Ok(table) }
    }

    /// The rows' columns, without image and prompt.
    pub fn columns(&self) -> impl Iterator<Item = &Columns> {
        self.rows.iter().map(|row| &row.columns)
    }

    /// Gives each picture its row's columns: the row of its image, else the only row whose file has the same name as no
    /// other picture's; of its prompt too, where the table has prompts.
    pub fn join(&self, scored: &mut [Scored]) -> Alone {
        let mut exact: BTreeMap<Key, usize> = BTreeMap::new();
        let mut named: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
        for (index, row) in self.rows.iter().enumerate() {
            exact.insert((row.image.clone(), row.prompt.clone()), index);
            named.entry((file_name(&row.image), row.prompt.clone())).or_default().push(index);
        }
        let prompt = |picture: &Scored| if self.by_prompt { picture.prompt.trim().to_owned() } else { String::new() };
        let mut pictures: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
        for picture in scored.iter() {
            let key = (file_name(&picture.image), prompt(picture));
            pictures.entry(key).or_default().insert(picture.image.clone());
        }
        let (mut alone, mut used) = (Alone::default(), BTreeSet::new());
        for picture in scored {
            let by_name = (file_name(&picture.image), prompt(picture));
            let same = pictures.get(&by_name).map_or(0, BTreeSet::len);
            let only = named
                .get(&by_name)
                .and_then(|rows| if same == 1 { <[usize; 1]>::try_from(rows.as_slice()).ok() } else { None });
            let found = exact.get(&(picture.image.clone(), by_name.1.clone())).copied().or(only.map(|[row]| row));
            match found {
                Some(row) => {
                    used.insert(row);
                    picture.columns.extend(self.rows[row].columns.clone());
                }
                None => alone.results.push(picture.image.clone()),
            }
        }
        let unused = self.rows.iter().enumerate().filter(|(index, _)| !used.contains(index));
        alone.ratings = unused.map(|(_, row)| row.image.clone()).collect();
        alone
    }
}

fn file_name(image: &str) -> String {
    image.rsplit(['/', '\\']).next().unwrap_or(image).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(image: &str, prompt: &str) -> Scored {
        Scored {
            image: image.into(),
            prompt: prompt.into(),
            score: 50.0,
            components: BTreeMap::new(),
            distortions: BTreeMap::new(),
            columns: [("mos".to_owned(), "9".to_owned())].into(),
        }
    }

    fn mos(picture: &Scored) -> &str {
        &picture.columns["mos"]
    }

    #[test]
    fn an_image_is_matched_as_it_stands_before_its_files_name_counts() {
        let table = Table::parse("image,mos\nb/1.png,2\na/1.png,1\nelsewhere/2.png,3\nunseen.png,4\n").unwrap();
        let mut results = [scored("a/1.png", ""), scored("here/2.png", ""), scored("3.png", "")];
        let alone = table.join(&mut results);
        assert_eq!([mos(&results[0]), mos(&results[1]), mos(&results[2])], ["1", "3", "9"]);
        assert_eq!((alone.results, alone.ratings), (vec!["3.png".into()], vec!["b/1.png".into(), "unseen.png".into()]));
    }

    #[test]
    fn a_files_name_that_is_there_twice_matches_nothing() {
        let two_ratings = Table::parse("image,mos\na/1.png,1\nb/1.png,2\n").unwrap();
        assert_eq!(two_ratings.join(&mut [scored("c/1.png", "")]).results, ["c/1.png"]);
        let one_rating = Table::parse("image,mos\n1.png,1\n").unwrap();
        assert_eq!(one_rating.join(&mut [scored("c/1.png", ""), scored("d/1.png", "")]).results.len(), 2);
    }

    #[test]
    fn a_prompt_tells_two_ratings_of_one_picture_apart() {
        let table = Table::parse("image,prompt,mos\n1.png,a cat,5\n1.png,a dog,1\n").unwrap();
        let mut results = [scored("x/1.png", "a dog"), scored("x/1.png", "a cat"), scored("x/1.png", "a fox")];
        let alone = table.join(&mut results);
        assert_eq!([mos(&results[0]), mos(&results[1])], ["1", "5"]);
        assert_eq!(alone.results.len(), 1);
    }

    #[test]
    fn a_table_that_cannot_be_used_says_why() {
        let why = |text| Table::parse(text).unwrap_err();
        assert!(why("picture,mos\na,1\n").contains("expected a column 'image', got picture, mos"));
        assert!(why("image,mos\na,1\nb,2\na,3\n").contains("lines 2 and 4 both rate a"));
        assert!(why("image,mos\n").contains("at least one row"));
    }
}
