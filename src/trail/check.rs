//! Whether a trail is whole: every line there, as it was written, in its order, up to the head that was signed.

use super::{Head, Line};

/// Follows a trail from its first line.
#[derive(Debug)]
pub struct Check {
    /// Where the trail must end.
    head: Head,
    /// A head somebody noted down, if they did.
    noted: Option<Head>,
    at: Head,
}

/// The first thing found wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    #[error("the trail's head is gone: it was removed")]
    NoHead,
    #[error("the trail's head is not signed by this server's key: the head was put in, or keys/trail.key is another server's")]
    Unsigned,
    #[error("line {0} is missing: it was removed")]
    Missing(i64),
    #[error("line {0} does not follow from the line before it: it was altered, or put in the place of another")]
    Altered(i64),
    #[error("line {0} was put in: no trail begins before line 1")]
    BeforeFirst(i64),
    #[error("line {0} stands after the signed head: it was put in, or an old head was put back")]
    AfterHead(i64),
    #[error("line {0} is the last and its hash is not the one that was signed: it was altered, or the head is another trail's")]
    NotTheHead(i64),
    #[error("line {0}, which was noted down, is not there: the trail ends at line {1}, so it was cut off or begun anew")]
    CutOff(i64, i64),
    #[error("line {0} is not the one that was noted down: the trail was written anew")]
    NotAsNoted(i64),
}

impl Check {
    /// Of a trail whose head's signature is good.
    pub fn new(head: Head, noted: Option<Head>) -> Check {
        Check { head, noted, at: Head::default() }
    }

    /// Takes the next line, in the order of their numbers.
    pub fn follow(&mut self, line: &Line) -> Result<(), Break> {
        let number = self.at.number + 1;
        if line.number < number {
            return Err(Break::BeforeFirst(line.number));
        }
        if number > self.head.number {
            return Err(Break::AfterHead(line.number));
        }
        if line.number > number {
            return Err(Break::Missing(number));
        }
        let hash = line.hash_after(&self.at.hash);
        if line.hash != hash {
            return Err(Break::Altered(number));
        }
        self.at = Head { number, hash };
        match self.noted {
            Some(noted) if noted.number == number && noted.hash != hash => Err(Break::NotAsNoted(number)),
            _ => Ok(()),
        }
    }

    /// After the last line.
    pub fn end(self) -> Result<(), Break> {
        if self.at.number < self.head.number {
            return Err(Break::Missing(self.at.number + 1));
        }
        if self.at.hash != self.head.hash {
            return Err(Break::NotTheHead(self.at.number));
        }
        match self.noted {
            Some(noted) if noted.number > self.at.number => Err(Break::CutOff(noted.number, self.at.number)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trail::{Act, Action, By};

    fn trail(n: i64) -> (Vec<Line>, Head) {
        let by = By::command_line(jiff::civil::date(2026, 11, 21));
        let mut head = Head::default();
        let mut lines = Vec::new();
        for actee in 0..n {
            let line = Line::after(&head, &by, &Act::new(Action::DeviceCreate).study(1).to(actee));
            head = Head { number: line.number, hash: line.hash.clone().try_into().unwrap() };
            lines.push(line);
        }
        (lines, head)
    }

    fn check(lines: &[Line], head: Head, noted: Option<Head>) -> Result<(), Break> {
        let mut check = Check::new(head, noted);
        lines.iter().try_for_each(|line| check.follow(line))?;
        check.end()
    }

    #[test]
    fn a_whole_trail_is_whole_at_every_length() {
        for n in 0..5 {
            let (lines, head) = trail(n);
            assert_eq!(check(&lines, head, Some(head)), Ok(()));
        }
        let (lines, head) = trail(5);
        assert_eq!(check(&lines, head, Some(trail(3).1)), Ok(()));
    }

    #[test]
    fn every_field_of_every_line_is_held() {
        let (lines, head) = trail(3);
        let changes: [fn(&mut Line); 10] = [
            |l| l.week.push('x'),
            |l| l.role.push('x'),
            |l| l.actor_id += 1,
            |l| l.action.push('x'),
            |l| l.study_id += 1,
            |l| l.form_id.push('x'),
            |l| l.version.push('x'),
            |l| l.actee_id += 1,
            |l| l.details.push('x'),
            |l| l.hash[0] ^= 1,
        ];
        for (place, number) in [(0, 1), (1, 2), (2, 3)] {
            for change in changes {
                let mut lines = lines.clone();
                change(&mut lines[place]);
                assert_eq!(check(&lines, head, None), Err(Break::Altered(number)));
            }
        }
    }

    #[test]
    fn what_is_removed_put_in_swapped_or_written_anew_is_named() {
        let (lines, head) = trail(5);
        let without = |place: usize| lines.iter().enumerate().filter(|(i, _)| *i != place).map(|(_, l)| l.clone()).collect::<Vec<_>>();
        for place in 0..5 {
            assert_eq!(check(&without(place), head, None), Err(Break::Missing(place as i64 + 1)));
        }
        let mut swapped = lines.clone();
        (swapped[1].actee_id, swapped[2].actee_id) = (swapped[2].actee_id, swapped[1].actee_id);
        assert_eq!(check(&swapped, head, None), Err(Break::Altered(2)));
        let (longer, longer_head) = trail(6);
        assert_eq!(check(&longer, head, None), Err(Break::AfterHead(6)));
        assert_eq!(check(&lines, Head { number: 5, ..longer_head }, None), Err(Break::NotTheHead(5)));
        let before = [&[Line { number: 0, ..lines[0].clone() }], lines.as_slice()].concat();
        assert_eq!(check(&before, head, None), Err(Break::BeforeFirst(0)));
        // Cut off with its head: whole, but for what was noted.
        let (shorter, shorter_head) = trail(4);
        assert_eq!(check(&shorter, shorter_head, None), Ok(()));
        assert_eq!(check(&shorter, shorter_head, Some(head)), Err(Break::CutOff(5, 4)));
        assert_eq!(check(&lines, head, Some(Head { number: 2, hash: [7; 32] })), Err(Break::NotAsNoted(2)));
    }
}
