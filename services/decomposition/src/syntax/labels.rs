//! Names of what words are and how they hang together, as far as the chunker tells them apart.

/// A part of speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    Noun,
    Plural,
    /// A proper noun.
    Name,
    Adjective,
    Number,
    Determiner,
    Pronoun,
    /// "its", "his".
    Possessor,
    /// "'s".
    Possessive,
    Adverb,
    /// A verb in a form that only a verb has: "runs", "ran".
    Verb,
    Gerund,
    Participle,
    Preposition,
    /// "up" of "looks up".
    Particle,
    Conjunction,
    /// "which", "where".
    Question,
    Punctuation,
    Other,
}

impl Tag {
    /// The Penn Treebank's tag.
    pub fn from_treebank(name: &str) -> Self {
        match name {
            "NN" => Self::Noun,
            "NNS" => Self::Plural,
            "NNP" | "NNPS" => Self::Name,
            "JJ" | "JJR" | "JJS" | "AFX" => Self::Adjective,
            "CD" => Self::Number,
            "DT" | "PDT" => Self::Determiner,
            "PRP" | "EX" => Self::Pronoun,
            "PRP$" | "WP$" => Self::Possessor,
            "POS" => Self::Possessive,
            "RB" | "RBR" | "RBS" => Self::Adverb,
            "VB" | "VBD" | "VBP" | "VBZ" | "MD" => Self::Verb,
            "VBG" => Self::Gerund,
            "VBN" => Self::Participle,
            "IN" | "TO" => Self::Preposition,
            "RP" => Self::Particle,
            "CC" => Self::Conjunction,
            "WDT" | "WP" | "WRB" => Self::Question,
            "." | "," | ":" | "''" | "``" | "-LRB-" | "-RRB-" | "HYPH" | "NFP" => Self::Punctuation,
            _ => Self::Other,
        }
    }

    /// A noun, common or proper.
    pub fn is_noun(self) -> bool {
        matches!(self, Self::Noun | Self::Plural | Self::Name)
    }

    /// A verb in any form.
    pub fn is_verb(self) -> bool {
        matches!(self, Self::Verb | Self::Gerund | Self::Participle)
    }
}

/// How a word hangs on its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Root,
    Subject,
    PassiveSubject,
    Object,
    /// What a preposition governs.
    Governed,
    Preposition,
    /// "by" after a passive verb.
    Agent,
    Compound,
    /// A describing word before its noun.
    Modifier,
    Count,
    Determiner,
    Owner,
    Conjunct,
    Apposition,
    /// A verb that describes a noun: "a man riding", "a horse that runs".
    Clause,
    /// A clause that hangs on a verb.
    Adverbial,
    /// What something is: "is a horse", "is red".
    Complement,
    Particle,
    Negation,
    Auxiliary,
    Adverb,
    Other,
}

impl Relation {
    /// The name that the parser's actions bear.
    pub fn from_name(name: &str) -> Self {
        match name {
            "ROOT" => Self::Root,
            "nsubj" | "csubj" | "expl" => Self::Subject,
            "nsubjpass" | "csubjpass" => Self::PassiveSubject,
            "dobj" | "dative" => Self::Object,
            "pobj" | "pcomp" => Self::Governed,
            "prep" => Self::Preposition,
            "agent" => Self::Agent,
            "compound" => Self::Compound,
            "amod" | "nmod" | "npadvmod" => Self::Modifier,
            "nummod" | "quantmod" => Self::Count,
            "det" | "predet" => Self::Determiner,
            "poss" => Self::Owner,
            "conj" => Self::Conjunct,
            "appos" => Self::Apposition,
            "acl" | "relcl" => Self::Clause,
            "advcl" | "xcomp" | "ccomp" => Self::Adverbial,
            "attr" | "acomp" | "oprd" => Self::Complement,
            "prt" => Self::Particle,
            "neg" => Self::Negation,
            "aux" | "auxpass" => Self::Auxiliary,
            "advmod" => Self::Adverb,
            _ => Self::Other,
        }
    }
}
