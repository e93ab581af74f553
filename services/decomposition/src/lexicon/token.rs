//! Cuts a prompt into words, quotes and breaks, whatever a prompt's author may have typed.

/// A piece of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A word or number, lower case.
    Word {
        /// The word.
        text: String,
        /// Joined to the word before it by a hyphen.
        joined: bool,
        /// Written with a capital.
        capital: bool,
    },
    /// "'s", or the apostrophe of "the guards' hats".
    Possessive,
    /// Text to be written in the picture, as the author wrote it.
    Quote(String),
    /// Ends a noun phrase, but not what links it to the next: a bracket.
    Bracket,
    /// Ends a phrase.
    Comma,
    /// Ends a sentence.
    Stop,
}

/// Longest quote, in characters; a quotation mark without a partner this near is taken for a slip.
const MAX_QUOTE: usize = 200;
/// Longest word; anything longer is no English word.
const MAX_WORD: usize = 40;

/// Cuts `prompt` into tokens. Every character is looked at a bounded number of times.
pub(super) fn tokenize(prompt: &str, max_chars: usize) -> Vec<Token> {
    let chars: Vec<char> = prompt.chars().take(max_chars).collect();
    let mut scanner = Scanner { chars: &chars, at: 0, tokens: Vec::new() };
    while scanner.at < chars.len() {
        if scanner.at_parameters() {
            break;
        }
        scanner.step();
    }
    scanner.tokens
}

struct Scanner<'a> {
    chars: &'a [char],
    at: usize,
    tokens: Vec<Token>,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn previous(&self) -> Option<char> {
        self.at.checked_sub(1).and_then(|at| self.chars.get(at)).copied()
    }

    fn is_word(c: Option<char>) -> bool {
        c.is_some_and(char::is_alphanumeric)
    }

    /// "--ar 16:9", "--no people": what follows is addressed to the generator, and always stands last.
    fn at_parameters(&self) -> bool {
        // Word processors turn "--" into a dash.
        let mark = match (self.peek(0), self.peek(1)) {
            (Some('-'), Some('-')) => 2,
            (Some('—'), _) => 1,
            _ => return false,
        };
        self.peek(mark).is_some_and(|c| c.is_ascii_alphabetic()) && self.previous().is_none_or(char::is_whitespace)
    }

    fn step(&mut self) {
        let Some(c) = self.peek(0) else { return };
        match c {
            '"' | '“' | '”' | '„' | '«' => self.quote(&['"', '”', '“', '»']),
            '\'' | '‘' | '’' if Self::is_word(self.previous()) => self.possessive(),
            '\'' | '‘' => self.quote(&['\'', '’']),
            '<' => self.skip_tag(),
            ':' if self.is_weight() => self.skip_number(),
            '(' | ')' | '[' | ']' | '{' | '}' => self.push(Token::Bracket),
            '.' | '!' | '?' | ';' | '\n' => self.push(Token::Stop),
            ',' | '|' | '/' | ':' | '–' | '—' | '-' | '、' | '，' => self.push(Token::Comma),
            '。' => self.push(Token::Stop),
            '&' => self.word_of("and"),
            _ if c.is_alphanumeric() => self.word(),
            _ => self.at += 1,
        }
    }

    fn push(&mut self, token: Token) {
        self.tokens.push(token);
        self.at += 1;
    }

    fn word_of(&mut self, text: &str) {
        self.push(Token::Word { text: text.to_owned(), joined: false, capital: false });
    }

    fn word(&mut self) {
        let start = self.at;
        let joined = self.previous().is_some_and(|c| matches!(c, '-' | '_'))
            && matches!(self.tokens.last(), Some(Token::Word { .. }));
        while self.continues_word() {
            self.at += 1;
        }
        let letters = self.chars.get(start..self.at).unwrap_or_default();
        if letters.len() <= MAX_WORD {
            let text = letters.iter().flat_map(|c| c.to_lowercase()).map(|c| if c == '’' { '\'' } else { c }).collect();
            let capital = letters.first().is_some_and(|c| c.is_uppercase());
            self.tokens.push(Token::Word { text, joined, capital });
        } else {
            self.tokens.push(Token::Stop);
        }
        // A hyphen between words joins them; the next word sees it as its previous character.
        if self.peek(0).is_some_and(|c| matches!(c, '-' | '_')) && Self::is_word(self.peek(1)) {
            self.at += 1;
        }
    }

    fn continues_word(&self) -> bool {
        match self.peek(0) {
            Some('\'' | '’') => {
                let ends_in_s = matches!(self.peek(1), Some('s' | 'S')) && !Self::is_word(self.peek(2));
                Self::is_word(self.peek(1)) && !ends_in_s
            }
            // "2.5", but not the end of a sentence.
            Some('.') => {
                self.previous().is_some_and(|c| c.is_ascii_digit()) && self.peek(1).is_some_and(|c| c.is_ascii_digit())
            }
            next => Self::is_word(next),
        }
    }

    fn possessive(&mut self) {
        self.tokens.push(Token::Possessive);
        self.at += if matches!(self.peek(1), Some('s' | 'S')) { 2 } else { 1 };
    }

    /// Takes everything up to a closing mark; without one the opening mark is skipped.
    fn quote(&mut self, closing: &[char]) {
        let rest = self.chars.get(self.at + 1..).unwrap_or_default();
        let end = rest.iter().take(MAX_QUOTE).enumerate().position(|(i, c)| {
            // An apostrophe inside the quote ("it's") closes nothing.
            closing.contains(c) && (!matches!(c, '\'' | '’') || !Self::is_word(rest.get(i + 1).copied()))
        });
        let Some(end) = end else {
            self.at += 1;
            return;
        };
        let text: String = rest.iter().take(end).collect();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !text.is_empty() {
            self.tokens.push(Token::Quote(text));
        }
        self.at += end + 2;
    }

    /// "<lora:ink:0.8>" is addressed to the generator.
    fn skip_tag(&mut self) {
        let end = self.chars.iter().skip(self.at).take(100).position(|c| *c == '>');
        self.at += end.map_or(1, |end| end + 1);
    }

    /// The ":1.2" of "(masterpiece:1.2)".
    fn is_weight(&self) -> bool {
        let rest = self.chars.get(self.at + 1..).unwrap_or_default();
        let digits = rest.iter().take(8).take_while(|c| c.is_ascii_digit() || **c == '.').count();
        digits > 0
            && rest.get(digits).is_none_or(|c| matches!(c, ')' | ']' | '}' | ',' | ' '))
            && rest.first() != Some(&'.')
            && Self::is_word(self.previous())
            && !self.previous().is_some_and(|c| c.is_ascii_digit())
    }

    fn skip_number(&mut self) {
        self.at += 1;
        while self.peek(0).is_some_and(|c| c.is_ascii_digit() || c == '.') {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(prompt: &str) -> String {
        tokenize(prompt, 1_000)
            .iter()
            .map(|token| match token {
                Token::Word { text, joined: true, .. } => format!("-{text}"),
                Token::Word { text, .. } => text.clone(),
                Token::Possessive => "'s".to_owned(),
                Token::Quote(text) => format!("«{text}»"),
                Token::Bracket => "|".to_owned(),
                Token::Comma => ",".to_owned(),
                Token::Stop => ".".to_owned(),
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn generator_syntax_is_left_out() {
        assert_eq!(shown("(masterpiece:1.2), cat <lora:ink:0.8> --ar 16:9"), "| masterpiece | , cat");
        assert_eq!(shown("a house --no people"), "a house");
    }

    #[test]
    fn quotes_and_apostrophes_are_told_apart() {
        assert_eq!(
            shown("the word 'It's' on the dogs' sign, cat's \"Hi  you\""),
            "the word «It's» on the dogs 's sign , cat 's «Hi you»"
        );
        assert_eq!(shown("don’t “Open” 'unclosed"), "don't «Open» unclosed");
    }

    #[test]
    fn hyphens_join_and_dashes_part() {
        assert_eq!(shown("t-shirt - long_hair — 1.5m"), "t -shirt , long -hair , 1.5m");
    }
}
