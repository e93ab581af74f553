//! What stands between two noun phrases.

/// A verb or a preposition, as far as it matters for what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Verb(String),
    Be,
    Relation(String),
    /// A relation to a place: what follows may be where the picture plays.
    In(String),
    With,
    Wear,
    Of,
    MadeOf,
}

impl Link {
    /// The link in a relation's text; `None` for links that state no relation.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Verb(text) | Self::Relation(text) | Self::In(text) => Some(text),
            Self::With => Some("with"),
            Self::Wear => Some("wearing"),
            Self::Of => Some("of"),
            Self::Be | Self::MadeOf => None,
        }
    }

    /// "With a hat and a stick": whether "and" repeats the link, whatever follows.
    pub fn carries_on(&self) -> bool {
        matches!(self, Self::With | Self::Wear)
    }
}
