//! What needs a person's decision, told from how devices stand. Each question is a condition of the query language:
//! the number beside it is the count of the list that it opens.

use std::time::Duration;

/// How long a state has to last before a person is asked about it.
pub const LASTING: Duration = Duration::from_hours(7 * 24);

/// Something that only a person can decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Question {
    /// Devices that refuse what is asked of them: ask otherwise, or take it back?
    Refusing,
    /// Devices silent for [`LASTING`]: visit, replace or retire?
    Silent,
    /// Devices that have differed for [`LASTING`] and refuse nothing: who finds out why?
    Drifting,
    /// Devices that are disabled: let in again, or retire?
    Disabled,
}

impl Question {
    /// Every question, the most pressing first.
    pub const ALL: [Self; 4] = [Self::Refusing, Self::Silent, Self::Drifting, Self::Disabled];

    /// The devices that it is about.
    pub fn condition(self) -> &'static str {
        match self {
            Self::Refusing => "drift.refused > 0",
            Self::Silent => {
                "lastActivityTime < ago('7d') AND createdTime < ago('7d') AND status = 'enabled'"
            }
            Self::Drifting => "drift.since < ago('7d') AND drift.refused = 0",
            Self::Disabled => "status = 'disabled'",
        }
    }
}

/// A question and how many devices it is about: at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The question.
    pub question: Question,
    /// How many devices.
    pub devices: u64,
}

impl Decision {
    /// The questions that are about any device.
    pub(super) fn of(counted: Vec<(Question, u64)>) -> Vec<Self> {
        let decision = |(question, devices): (Question, u64)| {
            (devices > 0).then_some(Self { question, devices })
        };
        counted.into_iter().filter_map(decision).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_is_one_that_the_language_reads() {
        for question in Question::ALL {
            let parsed = query::parse_condition(question.condition());
            assert!(
                parsed.problems.is_empty(),
                "{question:?}: {:?}",
                parsed.problems
            );
        }
        assert_eq!(twin::time::parse_duration("7d").ok(), Some(LASTING));
    }

    #[test]
    fn only_what_concerns_a_device_is_asked() {
        let decisions = Decision::of(vec![(Question::Refusing, 0), (Question::Disabled, 3)]);
        assert_eq!(
            decisions,
            [Decision {
                question: Question::Disabled,
                devices: 3
            }]
        );
    }
}
