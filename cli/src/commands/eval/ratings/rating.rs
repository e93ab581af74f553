//! Ratings, as the command line names them.

use super::results::{Columns, number};

/// A column of ratings, or the mean of several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rating {
    /// As it was named.
    pub name: String,
    pub columns: Vec<String>,
}

impl Rating {
    /// From `a,mean(b,c)`: columns and means of columns, with commas between.
    pub fn parse(text: &str) -> Result<Vec<Self>, String> {
        let ratings: Vec<Self> = apart(text).into_iter().map(Self::one).collect::<Result<_, _>>()?;
        let twice = |(at, rating): (usize, &Self)| ratings[..at].contains(rating).then(|| rating.name.clone());
        match ratings.iter().enumerate().find_map(twice) {
            Some(name) => Err(format!("'{name}' is named twice")),
            None => Ok(ratings),
        }
    }

    fn one(name: &str) -> Result<Self, String> {
        let refused = || format!("expected a column, or mean(COLUMN,COLUMN), got '{name}'");
        let inside = match name.strip_prefix("mean(") {
            None => vec![name],
            Some(rest) => rest.strip_suffix(')').ok_or_else(refused)?.split(',').collect(),
        };
        let columns: Vec<String> = inside.into_iter().map(|column| column.trim().to_owned()).collect();
        if columns.iter().any(String::is_empty) {
            return Err(refused());
        }
        Ok(Self { name: name.to_owned(), columns })
    }

    /// A picture's rating; `None` where one of the columns says nothing of it.
    pub fn of(&self, columns: &Columns) -> Result<Option<f64>, String> {
        let mut sum = 0.0;
        for name in &self.columns {
            let Some(text) = columns.get(name) else { return Ok(None) };
            let Some(value) =
                number(text).map_err(|()| format!("expected a number in the column '{name}', got '{text}'"))?
            else {
                return Ok(None);
            };
            sum += value;
        }
        Ok(Some(sum / self.columns.len() as f64))
    }
}

/// Splits at the commas that stand in no parentheses.
fn apart(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(move |c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .map(str::trim)
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_means_of_columns_are_told_apart() {
        let ratings = Rating::parse("appeal, mean(appeal, prompt_match),MOS (1-5)").unwrap();
        let names: Vec<&str> = ratings.iter().map(|rating| rating.name.as_str()).collect();
        assert_eq!(names, ["appeal", "mean(appeal, prompt_match)", "MOS (1-5)"]);
        assert_eq!(ratings[1].columns, ["appeal", "prompt_match"]);
    }

    #[test]
    fn a_mean_is_taken_and_needs_every_column() {
        let columns = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let mean = &Rating::parse("mean(a,b)").unwrap()[0];
        assert_eq!(mean.of(&columns(&[("a", "4"), ("b", "1.5")])), Ok(Some(2.75)));
        assert_eq!(mean.of(&columns(&[("a", "4"), ("b", "")])), Ok(None));
        assert_eq!(mean.of(&columns(&[("a", "4")])), Ok(None));
        let said = mean.of(&columns(&[("a", "good"), ("b", "1")])).unwrap_err();
        assert_eq!(said, "expected a number in the column 'a', got 'good'");
    }

    #[test]
    fn a_name_that_says_nothing_is_refused() {
        for (text, expected) in [
            ("", "got ''"),
            ("a,,b", "got ''"),
            ("mean(a,)", "got 'mean(a,)'"),
            ("mean(a,", "got 'mean(a,'"),
            ("a,a", "twice"),
        ] {
            let said = Rating::parse(text).unwrap_err();
            assert!(said.contains(expected), "{text}: {said}");
        }
    }
}
