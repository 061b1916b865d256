//! Chance that can be repeated: a seeded sequence (splitmix64), for tests that try many orders of things. No security.

/// One sequence. `CHARTGATE_TEST_SEED` repeats an earlier one.
pub struct Dice {
    pub seed: u64,
    state: u64,
}

impl Dice {
    /// The seed that the run asks for, or one of the moment; the caller prints it with every failure.
    pub fn thrown() -> Dice {
        let asked = std::env::var("CHARTGATE_TEST_SEED").ok().map(|text| text.parse().unwrap());
        let moment = || std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros() as u64;
        Dice::of(asked.unwrap_or_else(moment))
    }

    pub fn of(seed: u64) -> Dice {
        Dice { seed, state: seed }
    }

    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

/// A positive number that the run asks for by a variable, such as the rounds of a test; `default` when it does not.
pub fn asked_count(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| {
        text.parse().unwrap_or_else(|_| panic!("{variable} is {text}; it must be a number"))
    })
}
