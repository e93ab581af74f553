//! The parser: reads a sentence from left to right and hangs each word on another, one action at a time.

use super::{
    Relation, SyntaxError,
    encoder::{Vector, WIDTH},
    tensors::{Affine, Tensors, add, add_product, maxout},
};

/// Words that an action is chosen by.
const CONTEXT: usize = 8;
const HIDDEN: usize = 64;
const PIECES: usize = 2;
const STATE: usize = HIDDEN * PIECES;
/// Actions a word; unshifting may repeat some, and anything beyond this is a circle.
const MAX_ACTIONS: usize = 8;

/// Where a word hangs and how.
pub(super) type Arc = (usize, Relation);

#[derive(Clone, Copy, Debug)]
enum Action {
    /// Puts the next word aside.
    Shift,
    /// Is done with the word put aside last.
    Reduce,
    /// Hangs the word put aside last on the next word.
    Left(Relation),
    /// Hangs the next word on the one put aside last.
    Right(Relation),
    /// A new sentence starts after the next word.
    Break,
}

#[derive(Debug)]
pub(super) struct Parser {
    reduce: Affine,
    /// For each word its share in the state, by its place in the context.
    state: Vec<f32>,
    state_bias: Vec<f32>,
    /// The shares of an empty place.
    padding: Vec<f32>,
    score: Affine,
    actions: Vec<Action>,
}

impl Parser {
    pub fn read(tensors: &Tensors) -> Result<Self, SyntaxError> {
        let actions: Vec<Action> = tensors.names("actions")?.map(action).collect::<Result<_, _>>()?;
        Ok(Self {
            reduce: tensors.affine("parser.reduce", WIDTH, HIDDEN)?,
            state: tensors.values("parser.state.weight", HIDDEN * CONTEXT * STATE)?,
            state_bias: tensors.values("parser.state.bias", STATE)?,
            padding: tensors.values("parser.state.padding", CONTEXT * STATE)?,
            score: tensors.affine("parser.action", HIDDEN, actions.len())?,
            actions,
        })
    }

    /// Where each of the words with these vectors hangs.
    pub fn parse(&self, vectors: &[Vector]) -> Vec<Arc> {
        let shares: Vec<Vec<f32>> = vectors
            .iter()
            .map(|vector| {
                let mut share = vec![0.0; CONTEXT * STATE];
                add_product(&mut share, &self.reduce.apply(vector), &self.state);
                share
            })
            .collect();
        let mut state = State::new(vectors.len());
        for _ in 0..MAX_ACTIONS * vectors.len() {
            if state.is_final() {
                break;
            }
            let scores = self.scores(&state, &shares);
            let allowed = self.actions.iter().zip(scores).filter(|(action, _)| state.allows(**action));
            let Some((action, _)) = allowed.reduce(|best, next| if next.1 > best.1 { next } else { best }) else {
                break;
            };
            state.apply(*action);
        }
        state.arcs()
    }

    fn scores(&self, state: &State, shares: &[Vec<f32>]) -> Vec<f32> {
        let mut sum = self.state_bias.clone();
        for (place, word) in state.context().into_iter().enumerate() {
            let share = word.and_then(|word| shares.get(word)).unwrap_or(&self.padding);
            add(&mut sum, share.get(place * STATE..(place + 1) * STATE).unwrap_or_default(), 1.0);
        }
        self.score.apply(&maxout(&sum, PIECES))
    }
}

fn action(name: &str) -> Result<Action, SyntaxError> {
    // "prep||dobj" marks an arc that crosses others and should hang lower; the higher place serves as well.
    let relation = |label: &str| Relation::from_name(label.split("||").next().unwrap_or(label));
    Ok(match name.split_once('-').unwrap_or((name, "")) {
        ("S", _) => Action::Shift,
        ("D", _) => Action::Reduce,
        ("L", label) => Action::Left(relation(label)),
        ("R", label) => Action::Right(relation(label)),
        ("B", _) => Action::Break,
        _ => return Err(SyntaxError::Unfit(format!("expected an action of a transition parser, got '{name}'"))),
    })
}

/// How far the sentence is read.
#[derive(Debug)]
struct State {
    /// Words put aside.
    stack: Vec<usize>,
    /// Words put back, to be read before the rest.
    again: Vec<usize>,
    /// The first word not read.
    next: usize,
    length: usize,
    heads: Vec<Option<Arc>>,
    left: Vec<Vec<usize>>,
    right: Vec<Vec<usize>>,
    put_back: Vec<bool>,
    starts: Vec<bool>,
}

impl State {
    fn new(length: usize) -> Self {
        Self {
            stack: Vec::new(),
            again: Vec::new(),
            next: 0,
            length,
            heads: vec![None; length],
            left: vec![Vec::new(); length],
            right: vec![Vec::new(); length],
            put_back: vec![false; length],
            starts: vec![false; length],
        }
    }

    fn is_final(&self) -> bool {
        self.stack.is_empty() && self.unread() == 0
    }

    fn unread(&self) -> usize {
        self.length - self.next + self.again.len()
    }

    fn aside(&self, nth: usize) -> Option<usize> {
        self.stack.iter().rev().nth(nth).copied()
    }

    fn ahead(&self, nth: usize) -> Option<usize> {
        match nth.checked_sub(self.again.len()) {
            None => self.again.iter().rev().nth(nth).copied(),
            Some(beyond) => Some(self.next + beyond).filter(|word| *word < self.length),
        }
    }

    /// The words that the next action is chosen by.
    fn context(&self) -> [Option<usize>; CONTEXT] {
        let child = |children: &[Vec<usize>], head: Option<usize>| children.get(head?)?.last().copied();
        let (next, last) = (self.ahead(0), self.aside(0));
        [
            next,
            self.ahead(1),
            last,
            self.aside(1),
            self.aside(2),
            child(&self.left, next),
            child(&self.left, last),
            child(&self.right, last),
        ]
    }

    fn is(flags: &[bool], word: Option<usize>) -> bool {
        word.and_then(|word| flags.get(word)).copied().unwrap_or(false)
    }

    fn allows(&self, action: Action) -> bool {
        let (next, empty) = (self.ahead(0), self.stack.is_empty());
        match action {
            Action::Shift if empty => self.unread() > 0,
            Action::Shift => self.unread() >= 2 && !Self::is(&self.starts, next) && !Self::is(&self.put_back, next),
            Action::Reduce => !empty,
            Action::Left(_) | Action::Right(_) => !empty && next.is_some() && !Self::is(&self.starts, next),
            Action::Break => match (next, self.ahead(1)) {
                (Some(next), Some(after)) => after == next + 1 && !Self::is(&self.starts, Some(after)),
                _ => false,
            },
        }
    }

    fn apply(&mut self, action: Action) {
        match action {
            Action::Shift => self.shift(),
            Action::Reduce => {
                let Some(last) = self.stack.pop() else { return };
                let hangs = self.heads.get(last).is_some_and(Option::is_some);
                if !hangs && !self.stack.is_empty() {
                    mark(&mut self.put_back, last, true);
                    self.again.push(last);
                }
            }
            Action::Left(relation) => {
                let (Some(next), Some(last)) = (self.ahead(0), self.aside(0)) else { return };
                self.hang(last, next, relation);
                mark(&mut self.put_back, next, false);
                self.stack.pop();
            }
            Action::Right(relation) => {
                let (Some(next), Some(last)) = (self.ahead(0), self.aside(0)) else { return };
                self.hang(next, last, relation);
                self.shift();
            }
            Action::Break => {
                if let Some(after) = self.ahead(1) {
                    mark(&mut self.starts, after, true);
                }
            }
        }
    }

    fn shift(&mut self) {
        let Some(next) = self.ahead(0) else { return };
        if self.again.pop().is_none() {
            self.next += 1;
        }
        self.stack.push(next);
    }

    fn hang(&mut self, child: usize, head: usize, relation: Relation) {
        let before = self.heads.get_mut(child).and_then(|slot| slot.replace((head, relation)));
        if let Some((old, _)) = before
            && let Some(children) = Self::side(&mut self.left, &mut self.right, old, child)
            && children.last() == Some(&child)
        {
            children.pop();
        }
        if let Some(children) = Self::side(&mut self.left, &mut self.right, head, child) {
            children.push(child);
        }
    }

    fn side<'a>(
        left: &'a mut [Vec<usize>],
        right: &'a mut [Vec<usize>],
        head: usize,
        child: usize,
    ) -> Option<&'a mut Vec<usize>> {
        if head > child { left.get_mut(head) } else { right.get_mut(head) }
    }

    fn arcs(self) -> Vec<Arc> {
        self.heads.into_iter().enumerate().map(|(word, head)| head.unwrap_or((word, Relation::Root))).collect()
    }
}

fn mark(flags: &mut [bool], word: usize, value: bool) {
    if let Some(flag) = flags.get_mut(word) {
        *flag = value;
    }
}
