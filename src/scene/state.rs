//! The state of a link, in one word: the worst that is known of it counts.

/// The state of a link, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkState {
    /// It was tried and is not ready, its files exclude each other, or a certificate of it has expired.
    Broken,
    /// A certificate of it expires soon.
    Expiring,
    /// Nothing shows that it works: nothing was generated, or the other end is not known.
    Unproven,
    /// The agents accept the servers. Whether these accept the agents is not known.
    Half,
    /// The files of both ends accept each other. That says nothing of what is installed.
    Proven,
    /// It was tried, and was ready.
    Live,
}

impl LinkState {
    /// Every state, the best first: the order of legends.
    pub const ALL: [Self; 6] = [Self::Live, Self::Proven, Self::Half, Self::Unproven, Self::Expiring, Self::Broken];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Proven => "proven",
            Self::Half => "half proven",
            Self::Unproven => "unproven",
            Self::Expiring => "expires soon",
            Self::Broken => "broken",
        }
    }

    /// What it means.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Live => "probed, and ready",
            Self::Proven => "the files of both ends accept each other",
            Self::Half => "agents accept the servers; what those accept is not known",
            Self::Unproven => "nothing shows that it works",
            Self::Expiring => "a certificate expires soon",
            Self::Broken => "probed and not ready, refuted, or expired",
        }
    }

    /// One letter, for records.
    pub(super) const fn letter(self) -> char {
        match self {
            Self::Live => 'l',
            Self::Proven => 'p',
            Self::Half => 'h',
            Self::Unproven => 'u',
            Self::Expiring => 'e',
            Self::Broken => 'b',
        }
    }

    /// The state of a letter.
    pub(super) fn of_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.letter() == letter)
    }
}
