//! Words to vectors: hashed features, and a convolution that lets each word see its neighbours.

use super::{
    SyntaxError, Word,
    features::{Features, rows},
    tensors::{Affine, Tensors, add, maxout},
};

/// Values in a word's vector.
pub(super) const WIDTH: usize = 96;
/// Values that each output is the largest of.
const PIECES: usize = 3;
const DEPTH: usize = 4;
/// Empty rows around a sentence, as in training: each layer lets a word see one further.
const PADDING: usize = DEPTH;
/// The embedding tables and their rows, in the order of [`Features::of`].
const TABLES: [(&str, usize); 6] =
    [("norm", 5000), ("prefix", 1000), ("suffix", 2500), ("shape", 2500), ("spacy", 50), ("is_space", 50)];
/// Keeps a constant vector from being divided by zero.
const EPSILON: f32 = 1e-8;

pub(super) type Vector = Vec<f32>;

#[derive(Debug)]
pub(super) struct Encoder {
    features: Features,
    tables: Vec<Table>,
    mix: Layer,
    layers: Vec<Layer>,
}

impl Encoder {
    pub fn read(tensors: &Tensors) -> Result<Self, SyntaxError> {
        let mut seeds = tensors.names("seeds")?.map_while(|seed| seed.parse().ok());
        let tables = TABLES.map(|(name, rows)| {
            let seed = seeds.next().ok_or_else(|| SyntaxError::Unfit(format!("expected a seed for '{name}'")))?;
            Ok(Table { values: tensors.values(&format!("embed.{name}"), rows * WIDTH)?, rows: rows as u32, seed })
        });
        Ok(Self {
            features: Features::read(tensors)?,
            tables: tables.into_iter().collect::<Result<_, SyntaxError>>()?,
            mix: Layer::read(tensors, "mix", TABLES.len() * WIDTH)?,
            layers: (0..DEPTH)
                .map(|depth| Layer::read(tensors, &format!("encoder.{depth}"), 3 * WIDTH))
                .collect::<Result<_, _>>()?,
        })
    }

    /// A vector for each word.
    pub fn encode(&self, words: &[Word]) -> Vec<Vector> {
        let empty = || std::iter::repeat_n(vec![0.0; WIDTH], PADDING);
        let mut vectors: Vec<Vector> =
            empty().chain(words.iter().map(|word| self.embed(*word))).chain(empty()).collect();
        for layer in &self.layers {
            let outside = vec![0.0; WIDTH];
            let seen: Vec<Vector> = (0..vectors.len())
                .map(|at| {
                    let neighbour = |at: Option<usize>| at.and_then(|at| vectors.get(at)).unwrap_or(&outside);
                    let window = [neighbour(at.checked_sub(1)), neighbour(Some(at)), neighbour(Some(at + 1))];
                    layer.apply(&window.map(Vec::as_slice).concat())
                })
                .collect();
            for (vector, seen) in vectors.iter_mut().zip(seen) {
                add(vector, &seen, 1.0);
            }
        }
        vectors.into_iter().skip(PADDING).take(words.len()).collect()
    }

    fn embed(&self, word: Word) -> Vector {
        let numbers = self.features.of(word);
        let embedded: Vec<f32> =
            self.tables.iter().zip(numbers).flat_map(|(table, number)| table.vector(number)).collect();
        self.mix.apply(&embedded)
    }
}

/// An embedding table without a list of words: each number's vector is the sum of four rows.
#[derive(Debug)]
struct Table {
    values: Vec<f32>,
    rows: u32,
    seed: u32,
}

impl Table {
    fn vector(&self, number: u64) -> Vector {
        let mut sum = vec![0.0; WIDTH];
        for row in rows(number, self.seed) {
            let first = (row % self.rows) as usize * WIDTH;
            add(&mut sum, self.values.get(first..first + WIDTH).unwrap_or_default(), 1.0);
        }
        sum
    }
}

/// Maxout, then layer normalisation.
#[derive(Debug)]
struct Layer {
    affine: Affine,
    gain: Vec<f32>,
    shift: Vec<f32>,
}

impl Layer {
    fn read(tensors: &Tensors, name: &str, inputs: usize) -> Result<Self, SyntaxError> {
        Ok(Self {
            affine: tensors.affine(name, inputs, WIDTH * PIECES)?,
            gain: tensors.values(&format!("{name}.gain"), WIDTH)?,
            shift: tensors.values(&format!("{name}.shift"), WIDTH)?,
        })
    }

    fn apply(&self, input: &[f32]) -> Vector {
        let mut output = maxout(&self.affine.apply(input), PIECES);
        let count = WIDTH as f32;
        let mean = output.iter().sum::<f32>() / count;
        let variance = output.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / count;
        let scale = (variance + EPSILON).sqrt().recip();
        for ((value, gain), shift) in output.iter_mut().zip(&self.gain).zip(&self.shift) {
            *value = (*value - mean) * scale * gain + shift;
        }
        output
    }
}
