//! Nodes written as text.
//!
//! ```text
//! # A comment.
//! scores = MatMul(q, Transpose("layers.0/k/Add_output_0") {perm=[0, 2, 1]})
//! shares = Softmax(Mul(scores, 0.25)) {axis=-1}
//! ```
//!
//! A statement names what an operator gives; operators may stand within each other. Inputs are names (in quotes where they
//! hold other letters than a-z, A-Z, 0-9 and _), whole numbers and lists of them (`i64`), and numbers with a point (`f32`).
//! An operator of another domain than ONNX's own has it in front, separated by points: `com.microsoft.Gelu`.

use super::{
    GraphError,
    onnx::{Attribute, Graph, Node, Value},
    tensor,
};

/// Adds the program's nodes. One that gives what another node of the graph gave takes that node's place.
pub(super) fn add(graph: &mut Graph, text: &str) -> Result<(), GraphError> {
    let mut reader = Reader { text, rest: text, nodes: Vec::new(), constants: Vec::new() };
    while reader.peek()?.is_some() {
        reader.statement()?;
    }
    let Reader { nodes, constants, .. } = reader;
    let given = |name: &String| nodes.iter().any(|node| node.output.contains(name));
    graph.node.retain(|node| !node.output.iter().any(given));
    graph.node.extend(nodes);
    graph.initializer.extend(constants);
    Ok(())
}

/// One word of the text.
#[derive(Clone, Debug, PartialEq)]
enum Token<'a> {
    Name(&'a str),
    Whole(i64),
    Real(f32),
    Sign(char),
}

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
    nodes: Vec<Node>,
    constants: Vec<Vec<u8>>,
}

impl<'a> Reader<'a> {
    fn wrong(&self, expected: &str) -> GraphError {
        let before = &self.text[..self.text.len() - self.rest.len()];
        let found = self.rest.lines().next().unwrap_or_default().chars().take(40).collect();
        GraphError::Program { line: before.lines().count().max(1), expected: expected.to_owned(), found }
    }

    /// The next token with what follows it; none at the end.
    fn peek(&mut self) -> Result<Option<(Token<'a>, &'a str)>, GraphError> {
        self.rest = self.rest.trim_start();
        while self.rest.starts_with('#') {
            self.rest = self.rest.split_once('\n').map_or("", |(_, after)| after).trim_start();
        }
        let rest = self.rest;
        let Some(first) = rest.chars().next() else { return Ok(None) };
        let split = |length: usize| rest.split_at(length);
        let while_in = |of: fn(char) -> bool| split(rest.find(|letter| !of(letter)).unwrap_or(rest.len()));
        Ok(Some(match first {
            '"' => rest[1..]
                .split_once('"')
                .map(|(name, rest)| (Token::Name(name), rest))
                .ok_or_else(|| self.wrong("\""))?,
            '-' | '0'..='9' => {
                let (number, rest) = while_in(|letter| letter.is_ascii_digit() || matches!(letter, '-' | '.' | 'e'));
                let whole = number.parse().map(Token::Whole).ok();
                let token =
                    whole.or_else(|| number.parse().map(Token::Real).ok()).ok_or_else(|| self.wrong("a number"))?;
                (token, rest)
            }
            'a'..='z' | 'A'..='Z' | '_' => {
                let (name, rest) = while_in(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.'));
                (Token::Name(name), rest)
            }
            sign => (Token::Sign(sign), split(sign.len_utf8()).1),
        }))
    }

    fn next(&mut self, expected: &str) -> Result<Token<'a>, GraphError> {
        let (token, rest) = self.peek()?.ok_or_else(|| self.wrong(expected))?;
        self.rest = rest;
        Ok(token)
    }

    /// Whether `sign` was next; then it is read.
    fn reads(&mut self, sign: char) -> Result<bool, GraphError> {
        match self.peek()? {
            Some((Token::Sign(found), rest)) if found == sign => {
                self.rest = rest;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn sign(&mut self, sign: char) -> Result<(), GraphError> {
        if self.reads(sign)? { Ok(()) } else { Err(self.wrong(&sign.to_string())) }
    }

    fn statement(&mut self) -> Result<(), GraphError> {
        let Token::Name(name) = self.next("a name")? else { return Err(self.wrong("a name")) };
        self.sign('=')?;
        let Token::Name(operator) = self.next("an operator")? else { return Err(self.wrong("an operator")) };
        self.operation(operator, Some(name))?;
        Ok(())
    }

    /// An input; what stands for it in the graph.
    fn input(&mut self) -> Result<String, GraphError> {
        if self.reads('[')? {
            let values = self.list()?;
            return Ok(self.constant(&[values.len()], Value::Wholes(values)));
        }
        match self.next("an input")? {
            Token::Name(name) if matches!(self.peek()?, Some((Token::Sign('('), _))) => self.operation(name, None),
            Token::Name(name) => Ok(name.to_owned()),
            Token::Whole(value) => Ok(self.constant(&[], Value::Wholes(vec![value]))),
            Token::Real(value) => Ok(self.constant(&[], Value::Real(value))),
            Token::Sign(_) => Err(self.wrong("an input")),
        }
    }

    fn constant(&mut self, shape: &[usize], value: Value) -> String {
        let name = format!("constant_{}", self.constants.len());
        self.constants.push(tensor::constant(&name, shape, value));
        name
    }

    /// Whole numbers up to the closing bracket, which is read too.
    fn list(&mut self) -> Result<Vec<i64>, GraphError> {
        let mut values = Vec::new();
        while !self.reads(']')? {
            match self.next("a whole number")? {
                Token::Whole(value) => values.push(value),
                _ => return Err(self.wrong("a whole number")),
            }
            self.reads(',')?;
        }
        Ok(values)
    }

    /// The inputs and attributes of `operator`; the name of what it gives.
    fn operation(&mut self, operator: &str, name: Option<&str>) -> Result<String, GraphError> {
        self.sign('(')?;
        let mut inputs = Vec::new();
        while !self.reads(')')? {
            inputs.push(self.input()?);
            self.reads(',')?;
        }
        let mut attributes = Vec::new();
        if self.reads('{')? {
            while !self.reads('}')? {
                attributes.push(self.attribute()?);
                self.reads(',')?;
            }
        }
        let output = name.map_or_else(|| format!("value_{}", self.nodes.len()), str::to_owned);
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let node = Node::new(operator, &inputs, &output);
        self.nodes.push(attributes.into_iter().fold(node, Node::with));
        Ok(output)
    }

    fn attribute(&mut self) -> Result<Attribute, GraphError> {
        let Token::Name(name) = self.next("an attribute")? else { return Err(self.wrong("an attribute")) };
        self.sign('=')?;
        if self.reads('[')? {
            return Ok(Attribute::new(name, Value::Wholes(self.list()?)));
        }
        match self.next("a number")? {
            Token::Whole(value) => Ok(Attribute::new(name, Value::Whole(value))),
            Token::Real(value) => Ok(Attribute::new(name, Value::Real(value))),
            _ => Err(self.wrong("a number")),
        }
    }
}
